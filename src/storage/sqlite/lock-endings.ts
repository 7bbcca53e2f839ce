import { endingWindow, maxEndings, type Ticket } from '../judge-lock.js';
import type { Micros } from '../ports/common.js';
import type { Ending } from '../ports/lock.js';
import { type Database, prepareAll } from './connection.js';

const found = 'SELECT fence, cause, end_time AS endTime FROM lock_endings';

const sql = {
  ofFence: `${found} WHERE fence = ? AND lock_id = ? AND time > ?`,
  ofTicket: `${found} WHERE ticket = ? AND lock_id = ? AND time > ?`,
  ofRequest: `${found} WHERE lock_id = ? AND request_id = ? AND time > ? ORDER BY num DESC LIMIT 1`,
  add: `INSERT INTO lock_endings (lock_id, request_id, ticket, fence, cause, end_time, time)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  bound: 'DELETE FROM lock_endings WHERE num <= ?',
  sweep: `DELETE FROM lock_endings WHERE num IN
    (SELECT num FROM (SELECT num, time FROM lock_endings ORDER BY num LIMIT ?) WHERE time <= ?)`,
} as const;

/** Holdings that are over, within a transaction of the caller's. */
export type LockEndings = ReturnType<typeof lockEndingsIn>;

export function lockEndingsIn(database: Database) {
  const statements = prepareAll(database, sql);
  return {
    ofFence: (lockId: string, fence: number, now: Micros): Ending | undefined =>
      statements.ofFence.get(fence, lockId, now - endingWindow),
    ofTicket: (lockId: string, ticket: number, now: Micros): Ending | undefined =>
      statements.ofTicket.get(ticket, lockId, now - endingWindow),
    ofRequest: (lockId: string, requestId: string, now: Micros): Ending | undefined =>
      statements.ofRequest.get(lockId, requestId, now - endingWindow),
    /** Remembers one, and forgets what is too much. */
    add: ({ lockId, requestId, ticket }: Ticket, { fence, cause, endTime }: Ending, now: Micros): void => {
      const { lastInsertRowid } = statements.add.run(lockId, requestId, ticket, fence, cause, endTime, now);
      statements.bound.run(Number(lastInsertRowid) - maxEndings);
    },
    /** Forgets at most so many that are too old. True where there may be more. */
    sweep: (limit: number, now: Micros): boolean =>
      statements.sweep.run(limit, now - endingWindow).changes === limit,
  };
}
