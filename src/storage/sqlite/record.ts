import { boundsOf } from '../items.js';
import { pageOf } from '../keys.js';
import type { Value } from '../ports/common.js';
import type {
  FoundRecord,
  ItemLimit,
  ItemPage,
  ItemRange,
  RecordStore,
  RecordWrite,
} from '../ports/record.js';
import { valueBytes } from '../value.js';
import { keysIn } from './cache.js';
import { type Database, prepareAll, snapshot } from './connection.js';
import { translated } from './errors.js';
import { keyedWrite } from './group.js';
import type { Writer } from './writer.js';

const sql = {
  get: `SELECT version, update_time, count, bytes, CASE WHEN bytes <= ?2 THEN value END AS value
    FROM records WHERE key = ?1`,
  list: 'SELECT num, count FROM records WHERE key = ?',
  item: 'SELECT bytes, CASE WHEN bytes <= ?3 THEN value END AS value FROM items WHERE record = ?1 AND item = ?2',
  keys: 'SELECT key FROM records WHERE key >= ? AND key <> ? ORDER BY key LIMIT 500',
} as const;

/** What a write takes beside its texts. */
const overhead = 256;

/** Records on SQLite: writes go through the write thread, reads through a connection of their own on this one. */
export function openRecord(reader: Database, writer: Writer): RecordStore {
  const statements = prepareAll(reader, sql);
  const reading = async <Result>(read: () => Result): Promise<Result> =>
    translated(() => snapshot(reader, read));

  function get(keys: readonly string[], maxBytes: number): readonly (FoundRecord | undefined)[] {
    let room = maxBytes;
    return keys.map((key) => {
      const row = statements.get.get(key, room);
      if (!row) return undefined;
      const common = { version: row.version, updateTime: row.update_time };
      if (row.count !== null) return { ...common, kind: 'list', count: row.count };
      if (row.value === null) return { ...common, kind: 'value', value: undefined };
      room -= row.bytes;
      return { ...common, kind: 'value', value: row.value };
    });
  }

  function items(key: string, range: ItemRange, { maxItems, maxBytes }: ItemLimit): ItemPage | undefined {
    const list = statements.list.get(key);
    if (list && list.count === null) return undefined;
    const count: number = list?.count ?? 0;
    const { first, last } = boundsOf(range, count);
    const found: Value[] = [];
    let room = maxBytes;
    for (let index = first; index <= last && found.length < maxItems; index++) {
      const isFirst = index === first;
      const row = statements.item.get(list.num, index, isFirst ? Number.MAX_SAFE_INTEGER : room);
      if (row.value === null) break;
      found.push(row.value);
      room -= row.bytes;
    }
    return { count, first, last, items: found };
  }

  return {
    write: keyedWrite((writes) => writer.request('writeRecords', writes), sizeOf),
    get: (keys, maxBytes) => reading(() => get(keys, maxBytes)),
    items: (key, range, limit) => reading(() => items(key, range, limit)),
    keys: (query) => reading(() => pageOf(keysIn(statements.keys, query.after, query.pattern), query)),
    clear: (prefix, after, limit) => writer.request('clearRecords', prefix, after, limit),
    sweep: (limit, now) => writer.request('sweepRecords', limit, now),
  };
}

function sizeOf(write: RecordWrite): number {
  if (write.kind === 'delete') return overhead;
  const values = write.kind === 'set' ? [write.value] : write.items;
  return values.reduce((sum, value) => sum + overhead + valueBytes(value), 0);
}
