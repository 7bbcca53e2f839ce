import type { Micros } from '../ports/common.js';
import type { ClaimEnding, Receipt } from '../ports/queue.js';
import type { State } from './held.js';
import type { MemoryTicket } from './lines.js';
import type { Claim, StoredMessage } from './queues.js';

/** A store in memory has one partition. */
const partition = 0;

/** The claimed message that a ticket of kind `claim` stands for. */
export function claimedBy(state: State, ticket: MemoryTicket): StoredMessage {
  return state.queues.find(ticket.requestId)!;
}

export function receiptOf(messageId: string, { claim }: Claim): Receipt {
  return { messageId, partition, claim };
}

/** The message whose claim a receipt names, while that is under way. */
export function claimedUnder(
  state: State,
  { messageId, claim, partition: of }: Receipt,
): StoredMessage | undefined {
  const stored = state.queues.find(messageId);
  return of === partition && stored?.claim?.claim === claim ? stored : undefined;
}

/** How the claim that a receipt names ended. */
export function endingUnder(
  state: State,
  { messageId, claim, partition: of }: Receipt,
  now: Micros,
): ClaimEnding | undefined {
  const found = state.claimEndings.find(claim, now);
  return of === partition && found?.messageId === messageId ? found.ending : undefined;
}
