import type { Ticket } from '../judge-lock.js';
import { type Column, fromColumn, toColumn } from './text.js';

/** The columns of a ticket, in the order in which `ticketOf` reads and `columnsOf` writes them. */
export const ticketColumns = `ticket, request_id, owner, kind, lifetime, lease, request_time, lease_end, fence,
  grant_time, end_time, interrupted`;

/** Reads a ticket from its row, an array. */
export function ticketOf(lockId: string, row: readonly unknown[]): Ticket {
  const [ticket, requestId, owner, kind, lifetime, lease, requestTime, leaseEnd, fence, ...rest] = row;
  const [grantTime, endTime, interrupted] = rest;
  const grant = fence !== null && {
    fence,
    grantTime,
    endTime: endTime ?? undefined,
    interrupted: interrupted === 1,
  };
  return {
    lockId,
    ticket,
    requestId,
    owner: fromColumn(owner as Column),
    kind,
    lifetime: lifetime ?? undefined,
    lease,
    requestTime,
    leaseEnd,
    grant: grant || undefined,
  } as Ticket;
}

/** A ticket's columns. */
export function columnsOf(ticket: Ticket): readonly (Column | number | null)[] {
  const { requestId, owner, kind, lifetime, lease, requestTime, leaseEnd, grant } = ticket;
  return [
    ticket.ticket,
    requestId,
    toColumn(owner),
    kind,
    lifetime ?? null,
    lease,
    requestTime,
    leaseEnd,
    grant?.fence ?? null,
    grant?.grantTime ?? null,
    grant?.endTime ?? null,
    grant?.interrupted ? 1 : 0,
  ];
}
