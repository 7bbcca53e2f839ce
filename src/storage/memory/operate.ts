import { hasRunOut } from '../judge-lock.js';
import type { Micros } from '../ports/common.js';
import type { ExpireStep } from '../ports/lock.js';
import { endTicket, endTurn } from './ends.js';
import type { State } from './held.js';
import { claimedBy } from './receipts.js';

const unlimited = Number.POSITIVE_INFINITY;

/** Carries out an operation in one go, on what has not run out by `now`; then tells what happened by it. */
export async function operate<Result>(state: State, now: Micros, work: () => Result): Promise<Result> {
  return telling(state, () => {
    endTickets(state, unlimited, now);
    turnMessages(state, unlimited, now);
    return work();
  });
}

/** Ends tickets that have run out, at most `limit`. */
export async function expireTickets(state: State, limit: number, now: Micros): Promise<ExpireStep> {
  const more = telling(state, () => endTickets(state, limit, now));
  return { more, next: state.lines.nextToEnd?.leaseEnd };
}

/**
 * Ends claims that have run out and makes ready what is due, at most `limit`; then tickets, at most as many, as what
 * they keep from being claimed is due too.
 */
export async function expireMessages(state: State, limit: number, now: Micros): Promise<ExpireStep> {
  const more = telling(state, () => turnMessages(state, limit, now) || endTickets(state, limit, now));
  return { more, next: state.queues.nextToTurn?.until };
}

function telling<Result>(state: State, work: () => Result): Result {
  try {
    return work();
  } finally {
    for (const [queueId, count] of state.queues.takeFresh()) {
      state.queueNotices.add({ queueId, kind: 'ready', count });
    }
    state.lockNotices.tell();
    state.queueNotices.tell();
  }
}

/** True where there is more. */
function endTickets(state: State, limit: number, now: Micros): boolean {
  for (let left = limit; ; left--) {
    const ticket = state.lines.nextToEnd;
    if (!ticket || !hasRunOut(ticket, now)) return false;
    if (left === 0) return true;
    if (ticket.kind === 'claim') endTurn(state, claimedBy(state, ticket), now);
    else endTicket(state, ticket, 'expired', now);
  }
}

/** True where there is more. */
function turnMessages(state: State, limit: number, now: Micros): boolean {
  for (let left = limit; ; left--) {
    const message = state.queues.nextToTurn;
    if (!message || message.until! > now) return false;
    if (left === 0) return true;
    endTurn(state, message, now);
  }
}
