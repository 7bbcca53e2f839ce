import { judgeRecord, recordResult } from '../judge-record.js';
import { laterKey } from '../keys.js';
import { once } from '../once.js';
import type { Micros } from '../ports/common.js';
import type { ClearStep } from '../ports/keyed.js';
import type { RecordOutcome, RecordWrite } from '../ports/record.js';
import { valueBytes } from '../value.js';
import { type Database, prepareAll } from './connection.js';
import { requestsIn } from './requests.js';

interface Row {
  readonly num: number;
  readonly version: number;
  readonly count: number | null;
}

const sql = {
  find: 'SELECT num, version, count FROM records WHERE key = ?',
  nextVersion: 'UPDATE record_versions SET version = version + 1 RETURNING version',
  putValue: `INSERT INTO records (key, version, update_time, bytes, value) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET version = excluded.version, update_time = excluded.update_time,
      bytes = excluded.bytes, value = excluded.value`,
  addList: 'INSERT INTO records (key, version, update_time, count) VALUES (?, ?, ?, ?)',
  growList: 'UPDATE records SET version = ?, update_time = ?, count = ? WHERE num = ?',
  addItem: 'INSERT INTO items (record, item, bytes, value) VALUES (?, ?, ?, ?)',
  remove: 'DELETE FROM records WHERE num = ?',
  leaveItems: 'INSERT INTO removed_lists (record) VALUES (?)',
  page: 'SELECT num, key, version, count FROM records WHERE key >= ? AND key <> ? ORDER BY key LIMIT ?',
  removedList: 'SELECT record FROM removed_lists LIMIT 1',
  sweepItems: 'DELETE FROM items WHERE num IN (SELECT num FROM items WHERE record = ? LIMIT ?)',
  forgetList: 'DELETE FROM removed_lists WHERE record = ?',
} as const;

/** Writes to the records, within a transaction of the caller's. A list's items are removed by `sweep`. */
export function recordWriter(database: Database) {
  const statements = prepareAll(database, sql);
  const requests = requestsIn(database, 'record_requests');

  function carryOut(write: RecordWrite, now: Micros): RecordOutcome {
    const row = statements.find.get(write.key) as Row | undefined;
    const current = row && { version: row.version, count: row.count ?? undefined };
    const refused = judgeRecord(write, current);
    if (refused) return refused;
    if (write.kind === 'delete') {
      if (row) remove(row);
      return { status: 'done', result: recordResult(write, current, 0, now) };
    }
    const result = recordResult(write, current, statements.nextVersion.get().version, now);
    if (write.kind === 'set') {
      statements.putValue.run(write.key, result.version, now, valueBytes(write.value), write.value);
    } else {
      append(write, row, result);
    }
    return { status: 'done', result };
  }

  function append(
    { key, items }: Extract<RecordWrite, { kind: 'append' }>,
    row: Row | undefined,
    { version, updateTime, count }: { version: number; updateTime: Micros; count: number },
  ): void {
    let num = row?.num;
    if (num === undefined)
      num = Number(statements.addList.run(key, version, updateTime, count).lastInsertRowid);
    else statements.growList.run(version, updateTime, count, num);
    let index = count - items.length;
    for (const item of items) statements.addItem.run(num, index++, valueBytes(item), item);
  }

  function remove(row: Row): void {
    statements.remove.run(row.num);
    if (row.count !== null) statements.leaveItems.run(row.num);
  }

  return {
    write: (write: RecordWrite, now: Micros): RecordOutcome =>
      once(requests, write.request, now, () => carryOut(write, now)),
    clear: (prefix: string, after: string, limit: number): ClearStep => {
      const page = statements.page.all(laterKey(prefix, after), after, limit) as (Row & { key: string })[];
      const rows = page.filter(({ key }) => key.startsWith(prefix));
      for (const row of rows) remove(row);
      return { cleared: rows.length, next: rows.length === limit ? rows.at(-1)!.key : undefined };
    },
    sweep: (limit: number, now: Micros): boolean => {
      const more = requests.sweep(limit, now);
      const removed = statements.removedList.get();
      if (!removed) return more;
      const swept = statements.sweepItems.run(removed.record, limit).changes;
      if (swept < limit) statements.forgetList.run(removed.record);
      return true;
    },
  };
}
