import { endingOf, granted, hasRunOut } from '../judge-lock.js';
import { attempted, claimEnding, due, holdingEnd, type MessageChange } from '../judge-queue.js';
import type { Micros } from '../ports/common.js';
import type { EndCause } from '../ports/lock.js';
import type { ClaimEnd } from '../ports/queue.js';
import { drawNumber, type State } from './held.js';
import type { MemoryTicket } from './lines.js';
import type { StoredMessage } from './queues.js';
import { receiptOf } from './receipts.js';

/** Removes a ticket from its line; what is over by that is remembered and told, and the next one is granted. */
export function endTicket(state: State, ticket: MemoryTicket, cause: EndCause, now: Micros): void {
  const { lockId, requestId, grant, leaseEnd } = ticket;
  const ending = grant && endingOf({ grant, leaseEnd }, cause, now);
  state.lines.remove(ticket);
  if (ending && ticket.kind !== 'claim') state.endings.add(ticket, ending, now);
  state.lockNotices.add({ kind: 'ended', lockId, ticket: ticket.ticket, requestId, ending });
  grantFirst(state, lockId, now);
}

/** Grants a lock to the first in its line. One that has run out is still to be removed, and the next one is granted then. */
function grantFirst(state: State, lockId: string, now: Micros): void {
  const first = state.lines.first(lockId);
  if (!first || first.grant || hasRunOut(first, now)) return;
  const held = granted(first, drawNumber(state, now), now);
  state.lines.hold(first, held);
  const { ticket, requestId } = first;
  state.lockNotices.add({ kind: 'granted', lockId, ticket, requestId, grant: held.grant });
}

/** Ends a claim; its message becomes what `change` says, or is removed, and the lock that it held goes on. */
export function endClaim(
  state: State,
  stored: StoredMessage,
  cause: ClaimEnd,
  change: MessageChange | undefined,
  now: Micros,
): void {
  const { message, claim } = stored;
  const { claim: number, leaseEnd } = claim!;
  const ending = claimEnding(cause, leaseEnd, now);
  state.claimEndings.add(number, { messageId: message.messageId, ending, time: now });
  if (change) state.queues.change(stored, change);
  else removeMessage(state, stored, cause === 'acked', now);
  const ticket = message.groupId === '' ? undefined : state.lines.find(message.groupId, number);
  if (ticket) endTicket(state, ticket, holdingEnd(cause), now);
  if (cause === 'acked' || cause === 'nacked') return;
  const receipt = receiptOf(message.messageId, claim!);
  state.queueNotices.add({ kind: 'ended', queueId: message.queueId, receipt, ending });
}

/** Removes a message; `done` where its dedup id is refused for the window. */
export function removeMessage(state: State, stored: StoredMessage, done: boolean, now: Micros): void {
  state.queues.remove(stored);
  state.dedups.remove(stored.message, done, now);
}

/** Ends a claim that has run out, or a delay. */
export function endTurn(state: State, stored: StoredMessage, now: Micros): void {
  const { message, claim } = stored;
  if (claim) endClaim(state, stored, 'expired', attempted(message, undefined, now), now);
  else state.queues.change(stored, due(message));
}
