import { claimTicket, extended } from '../judge-lock.js';
import { causeOf, judgeSettled, settled } from '../judge-queue.js';
import type { Micros } from '../ports/common.js';
import type {
  ClaimOutcome,
  ClaimRequest,
  Delivery,
  PopOutcome,
  Settlement,
  SettleOutcome,
} from '../ports/queue.js';
import { valueBytes } from '../value.js';
import { endClaim, removeMessage } from './ends.js';
import { drawNumber, type State } from './held.js';
import type { StoredMessage } from './queues.js';
import { claimedUnder, endingUnder, receiptOf } from './receipts.js';

/** Takes the first claimable message out of its queue. */
export function pop(state: State, queueId: string, groups: boolean, now: Micros): PopOutcome {
  const first = state.queues.queue(queueId)?.claimable.first;
  if (!first) return { status: 'popped', message: undefined };
  const { message } = first;
  if (message.groupId !== '' && !groups) return { status: 'groups_unavailable' };
  removeMessage(state, first, true, now);
  return { status: 'popped', message: { ...message, attempts: message.attempts + 1 } };
}

/** Claims the first claimable messages, each of which may make others of its group so, or stop them. */
export function claim(state: State, request: ClaimRequest, now: Micros): ClaimOutcome {
  const deliveries: Delivery[] = [];
  let room = request.maxBytes;
  while (deliveries.length < request.maxMessages) {
    const first = state.queues.queue(request.queueId)?.claimable.first;
    if (!first) break;
    const isRefused = first.message.groupId !== '' && !request.groups;
    if (isRefused && deliveries.length === 0) return { status: 'groups_unavailable' };
    room -= valueBytes(first.message.value);
    if (isRefused || (room < 0 && deliveries.length > 0)) break;
    deliveries.push(claimOne(state, first, request, now));
  }
  return { status: 'claimed', deliveries };
}

/** Settles a claim that is under way, or tells how it ended. */
export function settle(state: State, settlement: Settlement, now: Micros): SettleOutcome {
  const { receipt } = settlement;
  const stored = claimedUnder(state, receipt);
  if (!stored) return judgeSettled(settlement.kind, endingUnder(state, receipt, now));
  if (settlement.kind === 'extend') return extend(state, stored, settlement.lease, now);
  endClaim(state, stored, causeOf[settlement.kind], settled(stored.message, settlement, now), now);
  return { status: 'done' };
}

function claimOne(state: State, stored: StoredMessage, request: ClaimRequest, now: Micros): Delivery {
  const number = drawNumber(state, now);
  const claim = { claim: number, leaseEnd: now + request.lease };
  state.queues.claim(stored, claim);
  const { message } = stored;
  const isGrouped = message.groupId !== '';
  if (isGrouped) state.lines.add(claimTicket(message, number, request, now));
  const receipt = receiptOf(message.messageId, claim);
  return { message, receipt, fence: isGrouped ? number : undefined, leaseEnd: claim.leaseEnd };
}

function extend(state: State, stored: StoredMessage, lease: Micros, now: Micros): SettleOutcome {
  const { message, claim } = stored;
  const leaseEnd = now + lease;
  state.queues.extend(stored, { claim: claim!.claim, leaseEnd });
  const ticket = state.lines.find(message.groupId, claim!.claim);
  if (!ticket?.grant) return { status: 'extended', leaseEnd, interrupted: false };
  state.lines.hold(ticket, extended(ticket.grant, lease, now));
  return { status: 'extended', leaseEnd, interrupted: ticket.grant.interrupted };
}
