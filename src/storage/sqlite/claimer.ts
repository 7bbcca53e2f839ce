import { claimTicket } from '../judge-lock.js';
import { attempted, claimEnding, holdingEnd, type MessageChange } from '../judge-queue.js';
import type { Micros } from '../ports/common.js';
import type { ClaimEnd, ClaimRequest, Receipt } from '../ports/queue.js';
import type { Claim, Claims } from './claims.js';
import type { Counters } from './counters.js';
import type { Holdings } from './holdings.js';
import type { Lines } from './lines.js';
import type { MessageRow } from './message-row.js';
import type { Messages, Standing } from './messages.js';
import type { Notices } from './notices.js';
import { state } from './places.js';
import type { Queues } from './queues.js';

/** The locks and queues of a SQLite store are one partition. */
const partition = 0;

/** What claims are made of. */
export interface ClaimerParts {
  readonly queues: Queues;
  readonly messages: Messages;
  readonly claims: Claims;
  readonly lines: Lines;
  readonly holdings: Holdings;
  readonly counters: Counters;
  readonly notices: Notices;
}

/** Begins and ends claims of messages with the locks that they hold, within a transaction of the caller's. */
export class Claimer {
  readonly #parts: ClaimerParts;

  constructor(parts: ClaimerParts) {
    this.#parts = parts;
  }

  /** Claims a message that can be claimed. */
  begin(standing: Standing, request: ClaimRequest, now: Micros): Claim {
    const { messages, claims, lines, counters } = this.#parts;
    const { queue, row } = standing;
    const { messageId, groupId, place } = row;
    const number = counters.nextNumber(now);
    const common = { claim: number, messageId, groupId, queue: queue.num, place };
    const claim = { ...common, leaseEnd: now + request.lease, ending: undefined };
    messages.claim(standing, number);
    claims.add(claim);
    if (groupId !== '') lines.add(undefined, claimTicket(row, number, request, now));
    return claim;
  }

  /** The claim that a receipt names, under way or remembered. */
  find(receipt: Receipt, now: Micros): Claim | undefined {
    const claim = this.#parts.claims.find(receipt.claim, now);
    return receipt.partition === partition && claim?.messageId === receipt.messageId ? claim : undefined;
  }

  /** Ends a claim; its message becomes what is said, or is removed, and the lock that it held goes on. */
  end(
    claim: Claim,
    cause: ClaimEnd,
    become: (message: MessageRow) => MessageChange | undefined,
    now: Micros,
  ): void {
    const { queues, messages, claims, notices } = this.#parts;
    const queue = queues.at(claim.queue);
    const standing = messages.at(queue, state.inFlight, claim.place)!;
    const change = become(standing.row);
    if (change) messages.change(standing, change);
    else messages.remove(standing, cause === 'acked', now);
    const ending = claimEnding(cause, claim.leaseEnd, now);
    claims.end(claim.claim, ending, now);
    this.#endHolding(claim, cause, now);
    if (cause === 'acked' || cause === 'nacked') return;
    notices.queue({ kind: 'ended', queueId: queue.queueId, receipt: receiptOf(claim), ending });
  }

  /** Ends a claim that came to nothing. */
  lose(claim: Claim, cause: ClaimEnd, now: Micros): void {
    this.end(claim, cause, (message) => attempted(message, undefined, now), now);
  }

  #endHolding({ claim, groupId }: Claim, cause: ClaimEnd, now: Micros): void {
    if (groupId === '') return;
    const { lines, holdings } = this.#parts;
    const line = lines.find(groupId)!;
    holdings.end(line, lines.ticket(line, claim)!, holdingEnd(cause), now);
  }
}

export function receiptOf({ messageId, claim }: Claim): Receipt {
  return { messageId, partition, claim };
}
