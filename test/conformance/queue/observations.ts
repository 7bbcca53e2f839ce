import type { Micros } from '#src/storage/ports/common.js';
import type { ClaimEnd, MessageState, QueueState, Settlement } from '#src/storage/ports/queue.js';
import type { LockSeen } from '../lock/observations.js';

/**
 * What was seen of queues from outside, through the ports or over gRPC, in the order in which it took effect; over
 * gRPC in the order in which clients knew. `until` is how long a claim surely lives unless it is extended or ended.
 */
export type QueueSeen = { readonly queueId: string; readonly at: Micros } & (
  | {
      readonly what: 'pushed';
      readonly messageId: string;
      readonly groupId: string;
      readonly dedupId: string;
      /** Empty for none. */
      readonly requestId: string;
      readonly readyTime: Micros;
      readonly maxAttempts: number;
    }
  /** A push that bore the id of one that was applied before. */
  | { readonly what: 'repeated'; readonly requestId: string; readonly messageId: string }
  /** A push that bore a dedup id that was taken. */
  | { readonly what: 'refused'; readonly dedupId: string; readonly messageId: string }
  | {
      readonly what: 'delivered';
      readonly messageId: string;
      readonly receipt: string;
      readonly fence: number | undefined;
      readonly attempts: number;
      readonly until: Micros;
      /** From when it is surely over; absent where that is `until`. */
      readonly over?: Micros;
    }
  | { readonly what: 'popped' | 'put_back' | 'purged' | 'replayed'; readonly messageId: string }
  | {
      readonly what: 'settled';
      readonly kind: Settlement['kind'];
      readonly receipt: string;
      readonly done: boolean;
      /** Where it was not done, what had ended the claim. */
      readonly cause: ClaimEnd | undefined;
      /** Of an extension. */
      readonly until: Micros | undefined;
      /** Of a message given back with a delay. */
      readonly readyTime: Micros | undefined;
    }
  /** A claim was ended by something else than its settlement. */
  | { readonly what: 'ended'; readonly receipt: string; readonly cause: ClaimEnd }
  /** All of a queue at one moment. */
  | {
      readonly what: 'counted';
      readonly state: QueueState;
      readonly listed: QueueState | undefined;
      readonly shown: Readonly<Record<MessageState, readonly string[]>>;
    }
);

export type Seen = LockSeen | QueueSeen;

export function locksOf(seen: readonly Seen[]): readonly LockSeen[] {
  return seen.filter((one) => 'lockId' in one);
}

export function queuesOf(seen: readonly Seen[]): readonly QueueSeen[] {
  return seen.filter((one) => 'queueId' in one);
}

/** A message as far as it was seen. */
export interface SeenMessage {
  readonly queueId: string;
  readonly messageId: string;
  readonly groupId: string;
  readonly dedupId: string;
  readonly maxAttempts: number;
  /** Its place among all that was pushed or replayed. */
  order: number;
  readyTime: Micros;
  attempts: number;
  /** When it was acknowledged or popped. */
  doneTime: Micros | undefined;
  purged: boolean;
  claim: SeenClaim | undefined;
}

export interface SeenClaim {
  readonly receipt: string;
  readonly message: SeenMessage;
  until: Micros;
  over: Micros;
  /** What ended it, and how it was asked to. */
  end: { readonly cause: ClaimEnd; readonly by: Settlement['kind'] | undefined } | undefined;
}

/** Queues as far as they were seen. */
export class SeenQueues {
  readonly messages = new Map<string, SeenMessage>();
  /** Those that are neither done nor purged: few, where a run is long. */
  readonly open = new Set<SeenMessage>();
  readonly claims = new Map<string, SeenClaim>();
  #order = 0;

  /** Takes note of the next thing that was seen. */
  note(seen: QueueSeen): void {
    if (seen.what === 'pushed') this.#push(seen);
    if (seen.what === 'delivered') this.#deliver(seen);
    if (seen.what === 'settled' && seen.done) this.#settle(seen);
    if (seen.what === 'ended') this.end(this.claims.get(seen.receipt), seen.cause, undefined);
    if (seen.what === 'popped') this.#finish(this.#get(seen.messageId), seen.at);
    if (seen.what === 'put_back') this.#reopen(this.#get(seen.messageId));
    if (seen.what === 'replayed') {
      this.#order += 1;
      Object.assign(this.#get(seen.messageId), { order: this.#order, attempts: 0, readyTime: seen.at });
    }
    if (seen.what !== 'purged') return;
    const message = this.#get(seen.messageId);
    message.purged = true;
    this.open.delete(message);
    if (this.isClaimed(message, seen.at)) this.end(message.claim, 'purged', undefined);
  }

  isClaimed({ claim }: SeenMessage, now: Micros): boolean {
    return claim !== undefined && claim.end === undefined && claim.until > now;
  }

  /** What has to be there of a message; undefined where it is done or purged. */
  stateOf(message: SeenMessage, now: Micros): MessageState | undefined {
    if (message.purged || message.doneTime !== undefined) return undefined;
    if (this.isClaimed(message, now)) return 'in_flight';
    if (message.attempts >= message.maxAttempts) return 'parked';
    return message.readyTime > now ? 'delayed' : 'ready';
  }

  /** What has surely ended a claim by now. */
  endOf(claim: SeenClaim, now: Micros): SeenClaim['end'] {
    return claim.end ?? (claim.over <= now ? { cause: 'expired', by: undefined } : undefined);
  }

  end(claim: SeenClaim | undefined, cause: ClaimEnd, by: Settlement['kind'] | undefined): void {
    if (claim) claim.end ??= { cause, by };
  }

  #push(seen: Extract<QueueSeen, { what: 'pushed' }>): void {
    this.#order += 1;
    const { queueId, messageId, groupId, dedupId, maxAttempts, readyTime } = seen;
    const message: SeenMessage = {
      ...{ queueId, messageId, groupId, dedupId, maxAttempts, readyTime },
      ...{ order: this.#order, attempts: 0, doneTime: undefined, purged: false, claim: undefined },
    };
    this.messages.set(messageId, message);
    this.open.add(message);
  }

  #finish(message: SeenMessage, time: Micros): void {
    message.doneTime = time;
    this.open.delete(message);
  }

  #reopen(message: SeenMessage): void {
    message.doneTime = undefined;
    this.open.add(message);
  }

  #deliver(seen: Extract<QueueSeen, { what: 'delivered' }>): void {
    const { messageId, receipt, until, over = until, attempts } = seen;
    const message = this.#get(messageId);
    message.attempts = attempts;
    message.claim = { receipt, message, until, over, end: undefined };
    this.claims.set(receipt, message.claim);
  }

  #settle({ kind, receipt, at, until, readyTime }: Extract<QueueSeen, { what: 'settled' }>): void {
    const claim = this.claims.get(receipt);
    if (!claim || this.endOf(claim, at)) return;
    if (kind === 'extend') {
      claim.until = until!;
      claim.over = until!;
      return;
    }
    this.end(claim, kind === 'ack' ? 'acked' : 'nacked', kind);
    const { message } = claim;
    if (kind === 'ack') this.#finish(message, at);
    if (kind === 'return') message.attempts -= 1;
    if (readyTime !== undefined) message.readyTime = readyTime;
  }

  #get(messageId: string): SeenMessage {
    const message = this.messages.get(messageId);
    if (!message) throw new Error(`At least once: message ${messageId} was never pushed`);
    return message;
  }
}

/** Goes through what was seen, with the queues as they were seen before each thing. */
export function replayQueues(
  seen: readonly QueueSeen[],
  look: (one: QueueSeen, queues: SeenQueues) => void,
): SeenQueues {
  const queues = new SeenQueues();
  for (const one of seen) {
    look(one, queues);
    queues.note(one);
  }
  return queues;
}
