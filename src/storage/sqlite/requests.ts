import { maxRequests, type Requests, requestWindow } from '../once.js';
import type { Micros } from '../ports/common.js';
import { type Database, prepareAll } from './connection.js';

/** The requests that a table remembers, within a transaction of the caller's. */
export interface SqliteRequests extends Requests {
  /** Forgets at most so many that are too old. True where there may be more. */
  sweep(limit: number, now: Micros): boolean;
}

export function requestsIn(
  database: Database,
  table: 'entry_requests' | 'record_requests' | 'push_requests',
): SqliteRequests {
  const statements = prepareAll(database, {
    find: `SELECT digest, result FROM ${table} WHERE id = ? AND time > ?`,
    add: `INSERT OR REPLACE INTO ${table} (id, digest, time, result) VALUES (?, ?, ?, ?)`,
    bound: `DELETE FROM ${table} WHERE num <= ?`,
    sweep: `DELETE FROM ${table} WHERE num IN
      (SELECT num FROM (SELECT num, time FROM ${table} ORDER BY num LIMIT ?) WHERE time <= ?)`,
  });
  return {
    find: (id, now) => {
      const row = statements.find.get(id, now - requestWindow);
      return row && { digest: row.digest, result: JSON.parse(row.result) as unknown };
    },
    add: ({ id, digest }, result, now) => {
      const { lastInsertRowid } = statements.add.run(id, digest, now, JSON.stringify(result));
      statements.bound.run(Number(lastInsertRowid) - maxRequests);
    },
    sweep: (limit, now) => statements.sweep.run(limit, now - requestWindow).changes === limit,
  };
}
