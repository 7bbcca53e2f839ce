import { endingWindow, maxEndings } from '../judge-lock.js';
import type { Micros } from '../ports/common.js';
import type { ClaimEnding } from '../ports/queue.js';
import { type Database, prepareAll } from './connection.js';
import { Earliest } from './earliest.js';

/** A claim as it is stored; its number names it. */
export interface Claim {
  readonly claim: number;
  readonly messageId: string;
  /** Empty for none. */
  readonly groupId: string;
  /** The queue's number. */
  readonly queue: number;
  readonly place: number;
  readonly leaseEnd: Micros;
  /** Undefined while it is under way. */
  readonly ending: ClaimEnding | undefined;
}

const columns = 'claim, message_id, group_id, queue, place, over, time, cause, end_time';

const sql = {
  add: 'INSERT INTO claims (claim, message_id, group_id, queue, place, time) VALUES (?, ?, ?, ?, ?, ?)',
  find: `SELECT ${columns} FROM claims WHERE claim = ? AND (over = 0 OR time > ?)`,
  extend: 'UPDATE claims SET time = ? WHERE claim = ?',
  end: 'UPDATE claims SET over = 1, time = ?, cause = ?, end_time = ? WHERE claim = ?',
  nextToEnd: `SELECT ${columns} FROM claims WHERE over = 0 ORDER BY time LIMIT 1`,
  nextEnd: 'SELECT min(time) FROM claims WHERE over = 0',
  countEnded: 'SELECT count(*) FROM claims WHERE over = 1',
  forget: `DELETE FROM claims WHERE claim IN
    (SELECT claim FROM claims WHERE over = 1 AND time <= ? ORDER BY time LIMIT ?)`,
} as const;

/**
 * Claims that are under way, and those that are over for as long as they are remembered, within a transaction of
 * the caller's. `save` ends the transaction, `load` follows one that failed.
 */
export class Claims {
  readonly #statements;
  #ended = 0;
  /** When a lease runs out. */
  readonly nextEnd: Earliest;

  constructor(database: Database) {
    const statements = prepareAll(database, sql);
    for (const statement of Object.values(statements)) statement.setReturnArrays(true);
    this.#statements = statements;
    this.nextEnd = new Earliest(() => statements.nextEnd.get()[0] ?? undefined);
    this.load();
  }

  load(): void {
    this.#ended = this.#statements.countEnded.get()[0];
    this.nextEnd.load();
  }

  add({ claim, messageId, groupId, queue, place, leaseEnd }: Omit<Claim, 'ending'>): void {
    this.#statements.add.run(claim, messageId, groupId, queue, place, leaseEnd);
    this.nextEnd.note(leaseEnd);
  }

  /** One that is under way or remembered. */
  find(claim: number, now: Micros): Claim | undefined {
    const row = this.#statements.find.get(claim, now - endingWindow);
    return row && claimOf(row);
  }

  /** The one whose lease runs out first. */
  nextToEnd(): Claim {
    return claimOf(this.#statements.nextToEnd.get());
  }

  extend(claim: number, leaseEnd: Micros): void {
    this.#statements.extend.run(leaseEnd, claim);
    this.nextEnd.note(leaseEnd);
  }

  end(claim: number, { cause, endTime }: ClaimEnding, now: Micros): void {
    this.#statements.end.run(now, cause, endTime, claim);
    this.#ended += 1;
  }

  /** Forgets what is too much. */
  save(): void {
    if (this.#ended > maxEndings) this.#forget(Number.MAX_SAFE_INTEGER, this.#ended - maxEndings);
  }

  /** Forgets at most so many that are too old. True where there may be more. */
  sweep(limit: number, now: Micros): boolean {
    return this.#forget(now - endingWindow, limit) === limit;
  }

  #forget(before: Micros, limit: number): number {
    const { changes } = this.#statements.forget.run(before, limit);
    this.#ended -= Number(changes);
    return Number(changes);
  }
}

function claimOf(row: readonly unknown[]): Claim {
  const [claim, messageId, groupId, queue, place, over, time, cause, endTime] = row;
  const ending = over === 1 ? { cause, endTime } : undefined;
  return { claim, messageId, groupId, queue, place, leaseEnd: time, ending } as Claim;
}
