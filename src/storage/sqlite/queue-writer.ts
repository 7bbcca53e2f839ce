import { extended } from '../judge-lock.js';
import { causeOf, judgeSettled, newMessageId, pushed, replayed, returned, settled } from '../judge-queue.js';
import { once } from '../once.js';
import type { Micros } from '../ports/common.js';
import type {
  ClaimOutcome,
  ClaimRequest,
  Delivery,
  Message,
  MessageState,
  NewMessage,
  PopOutcome,
  PushOutcome,
  QueueStep,
  Settlement,
  SettleOutcome,
} from '../ports/queue.js';
import { type Claimer, receiptOf } from './claimer.js';
import type { Claim, Claims } from './claims.js';
import type { Counters } from './counters.js';
import type { Dedups } from './dedups.js';
import type { Lines } from './lines.js';
import type { Claimable, Messages, Standing } from './messages.js';
import { statesOf } from './places.js';
import type { Queue, Queues } from './queues.js';
import type { SqliteRequests } from './requests.js';

/** What the queues' operations are made of. */
export interface QueueParts {
  readonly queues: Queues;
  readonly messages: Messages;
  readonly dedups: Dedups;
  readonly requests: SqliteRequests;
  readonly claims: Claims;
  readonly claimer: Claimer;
  readonly lines: Lines;
  readonly counters: Counters;
}

/** Messages of a queue, by place, behind one (exclusive), at most so many. */
interface Range {
  readonly queueId: string;
  readonly after: number;
  readonly limit: number;
}

/** The queues' operations on what has not run out, within a transaction of the caller's. */
export class QueueWriter {
  readonly #parts: QueueParts;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  push(asked: NewMessage, now: Micros): PushOutcome {
    const { requests, dedups } = this.#parts;
    return once<PushOutcome>(requests, asked.request, now, () => {
      const { queueId, dedupId } = asked;
      const messageId = dedupId === '' ? undefined : dedups.find(queueId, dedupId, now);
      if (messageId !== undefined) return { status: 'refused', messageId };
      return { status: 'done', result: { messageId: this.#add(asked, now) } };
    });
  }

  pop(queueId: string, groups: boolean, now: Micros): PopOutcome {
    const { queues, messages } = this.#parts;
    const queue = queues.find(queueId);
    const first = queue && messages.firstClaimable(queue, Number.MAX_SAFE_INTEGER);
    if (!first) return { status: 'popped', message: undefined };
    if (first.row.groupId !== '' && !groups) return { status: 'groups_unavailable' };
    messages.remove(first, true, now);
    return { status: 'popped', message: attemptedMessage(first) };
  }

  putBack(popped: readonly Message[]): void {
    for (const message of popped) {
      const { attempts, readyTime } = returned(message);
      this.#parts.messages.add({ ...message, attempts, readyTime }, 'ready');
    }
  }

  /** Each claim may let others of the message's group be claimed, or stop them. */
  claim(request: ClaimRequest, now: Micros): ClaimOutcome {
    const queue = this.#parts.queues.find(request.queueId);
    const deliveries: Delivery[] = [];
    let room = Number.MAX_SAFE_INTEGER;
    while (queue && deliveries.length < request.maxMessages) {
      const first = this.#parts.messages.firstClaimable(queue, room);
      if (!first) break;
      const isRefused = first.row.groupId !== '' && !request.groups;
      if (isRefused && deliveries.length === 0) return { status: 'groups_unavailable' };
      if (isRefused || first.value === undefined) break;
      room = (deliveries.length === 0 ? request.maxBytes : room) - first.bytes;
      deliveries.push(this.#claimOne(first, request, now));
    }
    return { status: 'claimed', deliveries };
  }

  settle(settlement: Settlement, now: Micros): SettleOutcome {
    const { kind, receipt } = settlement;
    const claim = this.#parts.claimer.find(receipt, now);
    if (!claim || claim.ending) return judgeSettled(kind, claim?.ending);
    if (kind === 'extend') return this.#extend(claim, settlement.lease, now);
    this.#parts.claimer.end(claim, causeOf[kind], (message) => settled(message, settlement, now), now);
    return { status: 'done' };
  }

  purge(range: Range, states: readonly MessageState[], now: Micros): QueueStep {
    const { queues, messages, claims, claimer } = this.#parts;
    const { queueId, after, limit } = range;
    const queue = queues.find(queueId);
    if (!queue) return { count: 0, next: undefined };
    const found = states.flatMap((one) =>
      statesOf[one].flatMap((from) =>
        messages.placesBehind(queue, from, after, limit).map((place) => ({ state: one, place })),
      ),
    );
    return step(found, limit, (one) => {
      const standing = this.#standing(queue, one);
      const claim = standing.claim === null ? undefined : claims.find(standing.claim, now)!;
      if (claim) claimer.end(claim, 'purged', () => undefined, now);
      else messages.remove(standing, false, now);
    });
  }

  replay(range: Range, ids: readonly string[] | undefined, last: number): QueueStep {
    const { queues, messages, counters } = this.#parts;
    const { queueId, after, limit } = range;
    const queue = queues.find(queueId);
    if (!queue) return { count: 0, next: undefined };
    const places = ids
      ? ids.map((id) => messages.parkedPlace(queue, id))
      : messages.placesBehind(queue, statesOf.parked[0]!, after, limit);
    const isMeant = (place: number | undefined): place is number =>
      place !== undefined && place > after && place <= last;
    const found = [...new Set(places.filter(isMeant))].map((place) => ({ state: 'parked', place }) as const);
    return step(found, limit, (one) => {
      const standing = this.#standing(queue, one);
      messages.replay(standing, counters.nextPlace(), replayed(standing.row));
    });
  }

  #add(asked: NewMessage, now: Micros): string {
    const { queueId, value, groupId, dedupId, delay, maxAttempts } = asked;
    const { state, readyTime, attempts } = pushed(delay, now);
    const messageId = newMessageId();
    const place = this.#parts.counters.nextPlace();
    const common = { queueId, messageId, value, groupId, dedupId, pushTime: now, maxAttempts, place };
    this.#parts.messages.add({ ...common, readyTime, attempts }, state);
    return messageId;
  }

  #claimOne(first: Claimable, request: ClaimRequest, now: Micros): Delivery {
    const claim = this.#parts.claimer.begin(first, request, now);
    const fence = claim.groupId === '' ? undefined : claim.claim;
    return { message: attemptedMessage(first), receipt: receiptOf(claim), fence, leaseEnd: claim.leaseEnd };
  }

  #extend({ claim, groupId }: Claim, lease: Micros, now: Micros): SettleOutcome {
    const { claims, lines } = this.#parts;
    const leaseEnd = now + lease;
    claims.extend(claim, leaseEnd);
    if (groupId === '') return { status: 'extended', leaseEnd, interrupted: false };
    const ticket = lines.ticket(lines.find(groupId)!, claim)!;
    lines.hold(ticket, extended(ticket.grant!, lease, now));
    return { status: 'extended', leaseEnd, interrupted: ticket.grant!.interrupted };
  }

  /** A message as it stands by now: what was done to others may have made it claimable. */
  #standing(queue: Queue, { state, place }: { state: MessageState; place: number }): Standing {
    for (const from of statesOf[state]) {
      const standing = this.#parts.messages.at(queue, from, place);
      if (standing) return standing;
    }
    throw new Error(`no message that is ${state} at ${place}`);
  }
}

/** A message as it is told to whom it is delivered. */
function attemptedMessage({ row: { num: _, ...message }, value }: Claimable): Message {
  return { ...message, value: value!, attempts: message.attempts + 1 };
}

/** Does something to the first of these messages, by place. */
function step<Found extends { readonly place: number }>(
  found: readonly Found[],
  limit: number,
  work: (one: Found) => void,
): QueueStep {
  const first = [...found].sort((a, b) => a.place - b.place).slice(0, limit);
  for (const one of first) work(one);
  return { count: first.length, next: first.length === limit ? first.at(-1)!.place : undefined };
}
