import { holdingOf, type Ticket } from '../judge-lock.js';
import { laterKey } from '../keys.js';
import type { LockLine, LockState, LockStore } from '../ports/lock.js';
import type { ChangeGroup } from './change-group.js';
import { type Database, prepareAll, snapshot } from './connection.js';
import { type Line, lineColumns } from './lines.js';
import { ticketColumns, ticketOf } from './ticket-row.js';

const sql = {
  line: `SELECT ${lineColumns} FROM locks WHERE lock_id = ?`,
  lines: `SELECT ${lineColumns} FROM locks WHERE lock_id >= ? AND lock_id <> ?
    ORDER BY lock_id LIMIT ?`,
  tickets: `SELECT ${ticketColumns} FROM tickets WHERE lock = ? ORDER BY ticket LIMIT ?`,
} as const;

/** The locks on SQLite: changes go through the write thread, reads through a connection of their own on this one. */
export function openLock(reader: Database, group: ChangeGroup): LockStore {
  const statements = prepareAll(reader, sql);
  statements.tickets.setReturnArrays(true);

  function ticketsOf({ num, lockId }: Line, limit: number): readonly Ticket[] {
    const rows = statements.tickets.all(num, limit) as unknown as unknown[][];
    return rows.map((row) => ticketOf(lockId, row));
  }

  function get(lockId: string, maxWaiters: number): LockLine | undefined {
    const line: Line | undefined = statements.line.get(lockId);
    if (!line) return undefined;
    const [holder, ...waiting] = ticketsOf(line, maxWaiters + 1);
    const waiters = waiting.map(({ ticket, owner, requestTime }) => ({ ticket, owner, requestTime }));
    return { ...stateOf(line, holder!), waiters };
  }

  function list(prefix: string, after: string, limit: number): readonly LockState[] {
    const rows = statements.lines.all(laterKey(prefix, after), after, limit) as Line[];
    const found = rows.filter(({ lockId }) => lockId.startsWith(prefix));
    return found.map((line) => stateOf(line, ticketsOf(line, 1)[0]!));
  }

  return {
    enter: (ticket, now) => group.change('enter', now, [ticket]),
    keep: (tickets, now) => group.change('keep', now, [tickets]),
    extend: (lockId, fence, lifetime, now) => group.change('extend', now, [lockId, fence, lifetime]),
    release: (lockId, fence, now) => group.change('release', now, [lockId, fence]),
    leave: (lockId, ticket, held, now) => group.change('leave', now, [lockId, ticket, held]),
    delete: (lockId, fence, now) => group.change('delete', now, [lockId, fence]),
    get: (lockId, maxWaiters, now) => group.read(now, () => snapshot(reader, () => get(lockId, maxWaiters))),
    list: (prefix, after, limit, now) =>
      group.read(now, () => snapshot(reader, () => list(prefix, after, limit))),
    expire: (limit, now) => group.change('expireLocks', now, [limit]),
    sweep: (limit, now) => group.change('sweepLocks', now, [limit]),
    watch: (onNotice) => group.locks.watch(onNotice),
  };
}

function stateOf({ lockId, length }: Line, holder: Ticket): LockState {
  return { lockId, holder: holdingOf(holder, holder.grant!), waiting: length - 1 };
}
