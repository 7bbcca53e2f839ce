import type { Held, Ticket } from '../judge-lock.js';
import type { Micros } from '../ports/common.js';
import { type Database, prepareAll } from './connection.js';
import { Earliest } from './earliest.js';
import type { Groups } from './groups.js';
import { columnsOf, ticketColumns, ticketOf } from './ticket-row.js';

/** A lock's line, which has tickets. */
export interface Line {
  readonly num: number;
  readonly lockId: string;
  readonly length: number;
}

/** The columns of a line. */
export const lineColumns = 'num, lock_id AS lockId, length';

const sql = {
  find: `SELECT ${lineColumns} FROM locks WHERE lock_id = ?`,
  open: 'INSERT INTO locks (lock_id, length) VALUES (?, 1)',
  count: 'UPDATE locks SET length = ? WHERE num = ?',
  close: 'DELETE FROM locks WHERE num = ?',
  first: `SELECT ${ticketColumns} FROM tickets WHERE lock = ? ORDER BY ticket LIMIT 1`,
  ticket: `SELECT ${ticketColumns} FROM tickets WHERE ticket = ? AND lock = ?`,
  ofRequest: `SELECT ${ticketColumns} FROM tickets
    WHERE lock = ? AND request_id = ? AND kind <> 'claim'`,
  between: 'SELECT count(*) FROM tickets WHERE lock = ? AND ticket >= ? AND ticket < ?',
  add: `INSERT INTO tickets (lock, ${ticketColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  hold: `UPDATE tickets SET lease_end = ?, fence = ?, grant_time = ?, end_time = ?, interrupted = ?
    WHERE ticket = ?`,
  keep: 'UPDATE tickets SET lease_end = ? WHERE ticket = ?',
  remove: 'DELETE FROM tickets WHERE ticket = ?',
  nextToEnd: `SELECT lock_id, ${ticketColumns} FROM tickets JOIN locks ON num = lock ORDER BY lease_end LIMIT 1`,
  nextEnd: 'SELECT min(lease_end) FROM tickets',
} as const;

/**
 * The lines of all locks, within a transaction of the caller's. A line without tickets leaves nothing; a message
 * group is told when its lock's line gets its first ticket or loses the last.
 */
export class Lines {
  readonly #statements;
  readonly #groups: Groups;
  /** When a ticket runs out. */
  readonly nextEnd: Earliest;

  constructor(database: Database, groups: Groups) {
    const statements = prepareAll(database, sql);
    for (const [name, statement] of Object.entries(statements)) statement.setReturnArrays(name !== 'find');
    this.#statements = statements;
    this.#groups = groups;
    this.nextEnd = new Earliest(() => statements.nextEnd.get()[0] ?? undefined);
  }

  find(lockId: string): Line | undefined {
    return this.#statements.find.get(lockId);
  }

  first({ num, lockId }: Line): Ticket {
    return ticketOf(lockId, this.#statements.first.get(num));
  }

  ticket({ num, lockId }: Line, ticket: number): Ticket | undefined {
    const row = this.#statements.ticket.get(ticket, num);
    return row && ticketOf(lockId, row);
  }

  ofRequest({ num, lockId }: Line, requestId: string): Ticket | undefined {
    const row = this.#statements.ofRequest.get(num, requestId);
    return row && ticketOf(lockId, row);
  }

  /** How many tickets there are from one (inclusive) to another (exclusive). */
  between({ num }: Line, from: number, to: number): number {
    return this.#statements.between.get(num, from, to)[0];
  }

  /** The ticket that runs out first. */
  nextToEnd(): Ticket {
    const [lockId, ...row] = this.#statements.nextToEnd.get();
    return ticketOf(lockId, row);
  }

  /** Adds a ticket at the end of a line, which is opened where there is none. */
  add(line: Line | undefined, ticket: Ticket): void {
    const num = line?.num ?? Number(this.#statements.open.run(ticket.lockId).lastInsertRowid);
    this.#statements.add.run(num, ...columnsOf(ticket));
    this.nextEnd.note(ticket.leaseEnd);
    if (line) this.#statements.count.run(line.length + 1, num);
    else this.#groups.block(ticket.lockId);
  }

  /** Removes a ticket; answers with the line unless that was the last. */
  remove({ num, lockId, length }: Line, { ticket }: Ticket): Line | undefined {
    this.#statements.remove.run(ticket);
    if (length > 1) {
      this.#statements.count.run(length - 1, num);
      return { num, lockId, length: length - 1 };
    }
    this.#statements.close.run(num);
    this.#groups.free(lockId);
    return undefined;
  }

  /** Grants a ticket, or changes its grant. */
  hold({ ticket }: Ticket, { grant, leaseEnd }: Held): void {
    const { fence, grantTime, endTime, interrupted } = grant;
    this.#statements.hold.run(leaseEnd, fence, grantTime, endTime ?? null, interrupted ? 1 : 0, ticket);
    this.nextEnd.note(leaseEnd);
  }

  /** Changes when a ticket runs out. */
  keep({ ticket }: Ticket, leaseEnd: Micros): void {
    this.#statements.keep.run(leaseEnd, ticket);
    this.nextEnd.note(leaseEnd);
  }

  load(): void {
    this.nextEnd.load();
  }
}
