import { keyPattern, laterKey, pageOf } from '../keys.js';
import type { CacheStore, EntryWrite, FoundEntry } from '../ports/cache.js';
import type { Micros } from '../ports/common.js';
import { valueBytes } from '../value.js';
import { type Database, prepareAll, type Statement, snapshot } from './connection.js';
import { translated } from './errors.js';
import { keyedWrite } from './group.js';
import type { Writer } from './writer.js';

const sql = {
  get: `SELECT expire_time, bytes, CASE WHEN bytes <= ?3 THEN value END AS value FROM entries
    WHERE key = ?1 AND (expire_time IS NULL OR expire_time > ?2)`,
  keys: `SELECT key FROM entries WHERE key >= ?1 AND key <> ?2 AND (expire_time IS NULL OR expire_time > ?3)
    ORDER BY key LIMIT 500`,
} as const;

/** What a write takes beside its texts. */
const overhead = 256;

/** The cache on SQLite: writes go through the write thread, reads through a connection of their own on this one. */
export function openCache(reader: Database, writer: Writer): CacheStore {
  const statements = prepareAll(reader, sql);

  function get(keys: readonly string[], maxBytes: number, now: Micros): readonly (FoundEntry | undefined)[] {
    let room = maxBytes;
    return keys.map((key) => {
      const row = statements.get.get(key, now, room);
      if (!row) return undefined;
      const expireTime: Micros | undefined = row.expire_time ?? undefined;
      if (row.value === null) return { value: undefined, expireTime };
      room -= row.bytes;
      return { value: row.value, expireTime };
    });
  }

  return {
    write: keyedWrite((writes) => writer.request('writeEntries', writes), sizeOf),
    get: async (keys, maxBytes, now) => translated(() => snapshot(reader, () => get(keys, maxBytes, now))),
    keys: async (query, now) =>
      translated(() =>
        snapshot(reader, () => pageOf(keysIn(statements.keys, query.after, query.pattern, now), query)),
      ),
    clear: (prefix, after, limit, now) => writer.request('clearEntries', prefix, after, limit, now),
    sweep: (limit, now) => writer.request('sweepEntries', limit, now),
  };
}

/** Keys behind `after` from a statement that reads a few at a time. */
export function* keysIn(
  statement: Statement,
  after: string,
  pattern: string,
  ...more: readonly Micros[]
): Generator<string> {
  const { prefix } = keyPattern(pattern);
  for (;;) {
    const rows = statement.all(laterKey(prefix, after), after, ...more) as { key: string }[];
    for (const { key } of rows) yield key;
    const last = rows.at(-1);
    if (!last) return;
    after = last.key;
  }
}

function sizeOf(write: EntryWrite): number {
  if (write.kind !== 'set') return overhead;
  const expected = typeof write.condition === 'string' ? 0 : valueBytes(write.condition.equals);
  return overhead + valueBytes(write.value) + expected;
}
