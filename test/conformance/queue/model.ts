import type { Micros } from '#src/storage/ports/common.js';
import type {
  ClaimEnding,
  ClaimRequest,
  Delivery,
  Message,
  MessageState,
  NewMessage,
  PushOutcome,
  QueueNotice,
  QueueState,
  Receipt,
  Settlement,
  SettleOutcome,
} from '#src/storage/ports/queue.js';
import { compareBytes, type LockModel, type Ticket } from '../lock/model.js';

interface Kept {
  message: Message;
  parked: boolean;
  claim: { readonly receipt: Receipt; leaseEnd: Micros; readonly ticket: Ticket | undefined } | undefined;
}

type Ended = ClaimEnding & { readonly receipt: Receipt };
/** How a settlement that ends a claim is remembered. */
const causes = { ack: 'acked', nack: 'nacked', return: 'nacked' } as const;

/** What queues have to do, in the plainest way: one array of messages, in the order of their places. */
export class QueueModel {
  readonly #locks: LockModel;
  readonly #dedupWindow: Micros;
  #kept: Kept[] = [];
  readonly #endings: Ended[] = [];
  readonly #requests = new Map<string, { digest: string; messageId: string }>();
  readonly #done: { queueId: string; dedupId: string; messageId: string; until: Micros }[] = [];
  /** What was to be told since it was last emptied, but for what became claimable. */
  notices: QueueNotice[] = [];
  lastPlace = 0;

  constructor(locks: LockModel, dedupWindow: Micros) {
    this.#locks = locks;
    this.#dedupWindow = dedupWindow;
    locks.onClaimEnd = (ticket, cause, now) => {
      const kept = this.#kept.find(({ claim }) => claim?.ticket === ticket);
      if (!kept) return;
      if (cause === 'expired') this.#expire(kept);
      else this.#end(kept, 'deleted', now, true);
    };
    locks.onClaimInterrupted = (ticket) => {
      const { message, claim } = this.#kept.find(({ claim }) => claim?.ticket === ticket)!;
      this.notices.push({ kind: 'interrupted', queueId: message.queueId, receipt: claim!.receipt });
    };
  }

  /** Puts a message into a queue under the id that the store gave it. */
  push(pushed: NewMessage, given: string, now: Micros): PushOutcome {
    const { queueId, value, groupId, dedupId, delay, maxAttempts, request } = pushed;
    const first = request && this.#requests.get(request.id);
    if (first && first.digest !== request.digest) return { status: 'request_id_reused' };
    if (first) return { status: 'repeated', result: { messageId: first.messageId } };
    const twin = dedupId === '' ? undefined : this.#twin(queueId, dedupId, now);
    if (twin !== undefined) return { status: 'refused', messageId: twin };
    this.lastPlace += 1;
    const message: Message = {
      ...{ queueId, messageId: given, value, groupId, dedupId, attempts: 0, maxAttempts },
      pushTime: now,
      readyTime: delay ? now + delay : undefined,
      place: this.lastPlace,
    };
    this.#kept.push({ message, parked: false, claim: undefined });
    if (request) this.#requests.set(request.id, { digest: request.digest, messageId: given });
    return { status: 'done', result: { messageId: given } };
  }

  pop(queueId: string, now: Micros): Message | undefined {
    const [first] = this.claimable(queueId, now);
    if (!first) return undefined;
    this.#settleAround(first, now);
    const { message } = first;
    this.#finish(first, now);
    return { ...message, attempts: message.attempts + 1 };
  }

  putBack(message: Message): void {
    const done = this.#done.findIndex(({ messageId }) => messageId === message.messageId);
    if (done >= 0) this.#done.splice(done, 1);
    const back = { ...message, attempts: message.attempts - 1 };
    this.#kept.push({ message: back, parked: false, claim: undefined });
    this.#kept.sort((a, b) => a.message.place - b.message.place);
  }

  claim({ queueId, maxMessages, maxBytes, lease, owner }: ClaimRequest, now: Micros): Delivery[] {
    const deliveries: Delivery[] = [];
    let bytes = 0;
    while (deliveries.length < maxMessages) {
      const [first] = this.claimable(queueId, now);
      if (!first) break;
      bytes += Buffer.byteLength(first.message.value);
      if (deliveries.length > 0 && bytes > maxBytes) break;
      this.#settleAround(first, now);
      deliveries.push(this.#claim(first, lease, owner, now));
    }
    return deliveries;
  }

  settle(settlement: Settlement, now: Micros): SettleOutcome {
    const { receipt, kind } = settlement;
    const kept = this.#kept.find(({ claim }) => claim && sameReceipt(claim.receipt, receipt));
    if (kept) this.#settleAround(kept, now);
    if (!kept?.claim) {
      const ended = this.#endings.find((one) => sameReceipt(one.receipt, receipt));
      if (kind !== 'extend' && ended?.cause === causes[kind]) return { status: 'repeated' };
      return { status: 'ended', ending: ended && { cause: ended.cause, endTime: ended.endTime } };
    }
    if (kind === 'extend') return this.#extend(kept.claim, now + settlement.lease, now);
    if (kind === 'ack') this.#end(kept, 'acked', now, false);
    if (kind === 'return') {
      kept.message = { ...kept.message, attempts: kept.message.attempts - 1 };
      this.#end(kept, 'nacked', now, false);
    }
    if (kind === 'nack') {
      const { attempts, maxAttempts, readyTime } = kept.message;
      const delayed = settlement.delay && attempts < maxAttempts ? now + settlement.delay : readyTime;
      kept.message = { ...kept.message, readyTime: delayed };
      this.#end(kept, 'nacked', now, false);
    }
    return { status: 'done' };
  }

  get(queueId: string, now: Micros): QueueState {
    const mine = this.#of(queueId);
    const count = (state: MessageState) => mine.filter((one) => this.stateOf(one, now) === state).length;
    return {
      queueId,
      ready: count('ready'),
      inFlight: count('in_flight'),
      delayed: count('delayed'),
      parked: count('parked'),
      oldestPushTime: mine.find((one) => this.stateOf(one, now) === 'ready')?.message.pushTime,
    };
  }

  list(prefix: string, after: string, limit: number, now: Micros): QueueState[] {
    const ids = [...new Set(this.#kept.map(({ message }) => message.queueId))];
    return ids
      .filter((id) => id.startsWith(prefix) && compareBytes(id, after) > 0)
      .sort(compareBytes)
      .slice(0, limit)
      .map((id) => this.get(id, now));
  }

  /** All messages of a state. */
  peek(queueId: string, state: MessageState, now: Micros): Message[] {
    return this.#of(queueId)
      .filter((one) => this.stateOf(one, now) === state)
      .map(({ message }) => message);
  }

  /** Removes all messages of these states. */
  purge(queueId: string, states: readonly MessageState[], now: Micros): number {
    const all = this.#of(queueId).filter((one) => states.includes(this.stateOf(one, now)));
    for (const one of all) {
      this.#settleAround(one, now);
      this.#kept = this.#kept.filter((other) => other !== one);
      if (one.claim) this.#end(one, 'purged', now, true);
    }
    return all.length;
  }

  /** Replays parked messages, in the order of their places. */
  replay(queueId: string, ids: readonly string[] | undefined, now: Micros): number {
    const all = this.#of(queueId)
      .filter((one) => this.stateOf(one, now) === 'parked')
      .filter(({ message }) => ids?.includes(message.messageId) ?? true);
    for (const one of all) {
      this.#settleAround(one, now);
      this.lastPlace += 1;
      one.parked = false;
      one.message = { ...one.message, attempts: 0, place: this.lastPlace };
    }
    this.#kept.sort((a, b) => a.message.place - b.message.place);
    return all.length;
  }

  /** Ends claims without a group that have run out: all, or the one with the receipt. */
  settleClaims(now: Micros, receipt?: Receipt): void {
    for (const kept of [...this.#kept]) {
      const { claim } = kept;
      if (!claim || claim.leaseEnd > now || (receipt && !sameReceipt(claim.receipt, receipt))) continue;
      this.#settleAround(kept, now);
    }
  }

  /** When the first claim ends or the first delayed message is due. */
  next(now: Micros): Micros | undefined {
    const times = this.#kept.map((one) => {
      const state = this.stateOf(one, now);
      if (state === 'in_flight') return one.claim!.leaseEnd;
      return state === 'delayed' ? one.message.readyTime! : Number.POSITIVE_INFINITY;
    });
    const first = Math.min(Number.POSITIVE_INFINITY, ...times);
    return first === Number.POSITIVE_INFINITY ? undefined : first;
  }

  claimable(queueId: string, now: Micros): Kept[] {
    return this.#of(queueId).filter((one) => this.stateOf(one, now) === 'ready' && !this.#blocked(one, now));
  }

  /** What a message is by now, whether or not what ran out was dealt with. */
  stateOf({ message, parked, claim }: Kept, now: Micros): MessageState {
    if (parked) return 'parked';
    if (claim && claim.leaseEnd > now) return 'in_flight';
    if (claim) return message.attempts >= message.maxAttempts ? 'parked' : 'ready';
    return (message.readyTime ?? 0) > now ? 'delayed' : 'ready';
  }

  /** The group of a claim that is under way; empty for none. */
  groupOf(receipt: Receipt): string {
    const kept = this.#kept.find(({ claim }) => claim && sameReceipt(claim.receipt, receipt));
    return kept?.message.groupId ?? '';
  }

  #of(queueId: string): Kept[] {
    return this.#kept.filter(({ message }) => message.queueId === queueId);
  }

  #blocked({ message }: Kept, now: Micros): boolean {
    const { queueId, groupId, place } = message;
    if (groupId === '') return false;
    if (this.#locks.line(groupId, now).length > 0) return true;
    const earlier = this.#of(queueId).filter(
      ({ message }) => message.groupId === groupId && message.place < place,
    );
    return earlier.some((one) => this.stateOf(one, now) !== 'parked');
  }

  /** Ends the message's claim, and the tickets of its group's line, that have run out. */
  #settleAround(kept: Kept, now: Micros): void {
    if (kept.message.groupId !== '') this.#locks.settle(kept.message.groupId, now);
    else if (kept.claim && kept.claim.leaseEnd <= now) this.#expire(kept);
  }

  #claim(kept: Kept, lease: Micros, owner: string, now: Micros): Delivery {
    const { groupId, messageId } = kept.message;
    const number = this.#locks.number(now);
    const receipt = { messageId, partition: 0, claim: number };
    const asked = { lockId: groupId, requestId: '', owner, kind: 'claim', lifetime: lease, lease } as const;
    const ticket = groupId === '' ? undefined : this.#locks.add(asked, number, now);
    kept.message = { ...kept.message, attempts: kept.message.attempts + 1 };
    kept.claim = { receipt, leaseEnd: now + lease, ticket };
    if (ticket) this.#locks.grantClaim(ticket, now + lease);
    return { message: kept.message, receipt, fence: ticket && number, leaseEnd: now + lease };
  }

  #extend(claim: NonNullable<Kept['claim']>, leaseEnd: Micros, now: Micros): SettleOutcome {
    claim.leaseEnd = leaseEnd;
    const { ticket } = claim;
    if (ticket) {
      ticket.leaseEnd = leaseEnd;
      ticket.grant = { ...ticket.grant!, endTime: leaseEnd };
      this.#locks.settle(ticket.lockId, now);
    }
    return { status: 'extended', leaseEnd, interrupted: ticket?.grant?.interrupted ?? false };
  }

  #expire(kept: Kept): void {
    this.#end(kept, 'expired', kept.claim!.leaseEnd, true);
  }

  /** Ends a claim, and with it the holding of its group's lock. */
  #end(kept: Kept, cause: ClaimEnding['cause'], endTime: Micros, told: boolean): void {
    const { message } = kept;
    const { receipt, ticket } = kept.claim!;
    this.#endings.push({ receipt, cause, endTime });
    kept.claim = undefined;
    if (cause === 'acked') this.#finish(kept, endTime);
    else if (message.attempts >= message.maxAttempts) kept.parked = true;
    if (told) {
      this.notices.push({ kind: 'ended', queueId: message.queueId, receipt, ending: { cause, endTime } });
    }
    if (ticket && this.#locks.tickets.includes(ticket)) this.#locks.endHolding(ticket, 'released', endTime);
  }

  /** Removes a message that is done. */
  #finish(kept: Kept, now: Micros): void {
    this.#kept = this.#kept.filter((one) => one !== kept);
    const { queueId, dedupId, messageId } = kept.message;
    if (dedupId === '') return;
    this.#done.push({ queueId, dedupId, messageId, until: now + this.#dedupWindow });
  }

  #twin(queueId: string, dedupId: string, now: Micros): string | undefined {
    const here = this.#of(queueId).find(({ message }) => message.dedupId === dedupId);
    if (here) return here.message.messageId;
    const done = this.#done.findLast((one) => one.queueId === queueId && one.dedupId === dedupId);
    return done && done.until > now ? done.messageId : undefined;
  }
}

function sameReceipt(a: Receipt, b: Receipt): boolean {
  return a.messageId === b.messageId && a.partition === b.partition && a.claim === b.claim;
}
