import { type EntryChange, judgeEntry, needsValue } from '../judge-entry.js';
import { laterKey } from '../keys.js';
import { once } from '../once.js';
import type { EntryOutcome, EntryWrite } from '../ports/cache.js';
import type { Micros } from '../ports/common.js';
import type { ClearStep } from '../ports/keyed.js';
import { valueBytes } from '../value.js';
import { type Database, prepareAll } from './connection.js';
import { requestsIn } from './requests.js';

const sql = {
  find: 'SELECT expire_time FROM entries WHERE key = ? AND (expire_time IS NULL OR expire_time > ?)',
  findWithValue:
    'SELECT expire_time, value FROM entries WHERE key = ? AND (expire_time IS NULL OR expire_time > ?)',
  put: `INSERT INTO entries (key, expire_time, bytes, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET expire_time = excluded.expire_time, bytes = excluded.bytes,
      value = excluded.value`,
  expire: 'UPDATE entries SET expire_time = ? WHERE key = ?',
  remove: 'DELETE FROM entries WHERE key = ?',
  keys: `SELECT key FROM entries WHERE key >= ?1 AND key <> ?2 AND (expire_time IS NULL OR expire_time > ?3)
    ORDER BY key LIMIT ?4`,
  sweep: `DELETE FROM entries WHERE num IN
    (SELECT num FROM entries WHERE expire_time <= ? ORDER BY expire_time LIMIT ?)`,
} as const;

/** Writes to the cache, within a transaction of the caller's. */
export function entryWriter(database: Database) {
  const statements = prepareAll(database, sql);
  const requests = requestsIn(database, 'entry_requests');

  function carryOut(write: EntryWrite, now: Micros): EntryOutcome {
    const find = needsValue(write) ? statements.findWithValue : statements.find;
    const row = find.get(write.key, now);
    const current = row && { expireTime: row.expire_time ?? undefined, value: row.value };
    const { outcome, change } = judgeEntry(write, current, now);
    apply(write.key, change);
    return outcome;
  }

  function apply(key: string, change: EntryChange): void {
    if (change.kind === 'put') {
      const { value, expireTime } = change;
      statements.put.run(key, expireTime ?? null, valueBytes(value), value);
    } else if (change.kind === 'expire') {
      statements.expire.run(change.expireTime ?? null, key);
    } else if (change.kind === 'remove') {
      statements.remove.run(key);
    }
  }

  return {
    write: (write: EntryWrite, now: Micros): EntryOutcome =>
      once(requests, write.request, now, () => carryOut(write, now)),
    clear: (prefix: string, after: string, limit: number, now: Micros): ClearStep => {
      const rows = statements.keys.all(laterKey(prefix, after), after, now, limit) as { key: string }[];
      const keys = rows.map(({ key }) => key).filter((key) => key.startsWith(prefix));
      for (const key of keys) statements.remove.run(key);
      return { cleared: keys.length, next: keys.length === limit ? keys.at(-1) : undefined };
    },
    sweep: (limit: number, now: Micros): boolean => {
      const more = statements.sweep.run(now, limit).changes === limit;
      return requests.sweep(limit, now) || more;
    },
  };
}
