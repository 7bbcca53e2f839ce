import type { Micros, OnceOutcome, RequestMark, Value } from './common.js';
import type { ExpireStep } from './lock.js';

export interface NewMessage {
  readonly queueId: string;
  readonly value: Value;
  /** Empty for none. The lock of that name is held by whoever claims it. */
  readonly groupId: string;
  /** Empty for none. */
  readonly dedupId: string;
  /** Undefined where it is ready at once. */
  readonly delay: Micros | undefined;
  readonly maxAttempts: number;
  readonly request: RequestMark | undefined;
}

export interface PushResult {
  readonly messageId: string;
}

export type PushOutcome =
  | OnceOutcome<PushResult>
  /** A message with its dedup id is in the queue, or was acknowledged or popped within the window. */
  | { readonly status: 'refused'; readonly messageId: string }
  /** The store, of bounded size, has no room. */
  | { readonly status: 'full' };

export type MessageState = 'ready' | 'delayed' | 'in_flight' | 'parked';

export interface Message {
  readonly queueId: string;
  readonly messageId: string;
  readonly value: Value;
  readonly groupId: string;
  readonly dedupId: string;
  readonly pushTime: Micros;
  /** Undefined where it was never delayed. */
  readonly readyTime: Micros | undefined;
  /** Claims and pops since it was pushed or replayed. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** Its place in the queue: the lower is first. Replaying gives it another. */
  readonly place: number;
}

/** Names a claim: which message, and which time. See storage/receipt.ts for its text. */
export interface Receipt {
  readonly messageId: string;
  /** The partition that holds the message. */
  readonly partition: number;
  /** Unlike that of any other claim in the partition: a number as fences are. */
  readonly claim: number;
}

export interface Delivery {
  readonly message: Message;
  readonly receipt: Receipt;
  /** That of the group's lock, which is also its ticket and equals `receipt.claim`; undefined without a group. */
  readonly fence: number | undefined;
  readonly leaseEnd: Micros;
}

export interface ClaimRequest {
  readonly queueId: string;
  readonly maxMessages: number;
  /** Of values; the first message is claimed however large. */
  readonly maxBytes: number;
  readonly lease: Micros;
  readonly owner: string;
  /** Whether messages with a group may be claimed; where not, the first that has one is told instead. */
  readonly groups: boolean;
}

export type ClaimOutcome =
  | { readonly status: 'claimed'; readonly deliveries: readonly Delivery[] }
  | { readonly status: 'groups_unavailable' };

/** Why a claim is over. */
export type ClaimEnd = 'acked' | 'nacked' | 'expired' | 'purged' | 'deleted';

/** A claim that is over, as it is remembered for 24 h, the last 65,536 of them. */
export interface ClaimEnding {
  readonly cause: ClaimEnd;
  readonly endTime: Micros;
}

/** What is done to a claim that is under way. */
export type Settlement =
  | { readonly kind: 'ack'; readonly receipt: Receipt }
  /** Ready again at its place, after a delay, or parked where its attempts are used up. */
  | { readonly kind: 'nack'; readonly receipt: Receipt; readonly delay: Micros | undefined }
  /** Ready again at its place, as if it had never been claimed. */
  | { readonly kind: 'return'; readonly receipt: Receipt }
  /** The lease, and the lock with it, lasts for so long from now. */
  | { readonly kind: 'extend'; readonly receipt: Receipt; readonly lease: Micros };

export type SettleOutcome =
  | { readonly status: 'done' }
  | { readonly status: 'extended'; readonly leaseEnd: Micros; readonly interrupted: boolean }
  /** Done in the same way before. */
  | { readonly status: 'repeated' }
  /** The claim was over; undefined where it is not remembered. */
  | { readonly status: 'ended'; readonly ending: ClaimEnding | undefined };

export interface QueueState {
  readonly queueId: string;
  /** Those behind others of their group included. */
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly parked: number;
  /** When the message was pushed that is first among the ready ones; undefined without one. */
  readonly oldestPushTime: Micros | undefined;
}

export interface PeekQuery {
  readonly queueId: string;
  readonly state: MessageState;
  /** A place, exclusive; 0 for the beginning. */
  readonly after: number;
  readonly limit: number;
  /** Of values; the first message is read however large. */
  readonly maxBytes: number;
}

export interface PeekPage {
  /** By place. */
  readonly messages: readonly Message[];
  /** The place to go on behind; undefined at the end. */
  readonly next: number | undefined;
}

/** A step of something that goes over a queue's messages by place. */
export interface QueueStep {
  readonly count: number;
  /** The place to go on behind; undefined at the end. */
  readonly next: number | undefined;
}

/** What happened in a queue. */
export type QueueNotice = {
  readonly queueId: string;
} /** So many messages can be claimed that could not before. */ & (
  | { readonly kind: 'ready'; readonly count: number }
  /** Somebody asks for the lock that a claim holds. */
  | { readonly kind: 'interrupted'; readonly receipt: Receipt }
  /** A claim was ended by something else than its settlement. */
  | { readonly kind: 'ended'; readonly receipt: Receipt; readonly ending: ClaimEnding }
);

/**
 * Queues of messages. A message is claimable when it is ready and, where it has a group, the first of its group in
 * its queue (parked ones do not count, delayed ones and those in flight do) while the group's lock is neither held
 * nor waited for. A claim of it takes the lock in the same atomic step, as a ticket of kind `claim`; whatever ends
 * the claim ends the holding, and the other way round. What is due by `now`, or has run out, counts as such in every
 * operation, whether or not it was dealt with yet.
 *
 * A message stays at its place, which is given in the order of pushing, until it is done or replayed. Applied pushes
 * are remembered by request for 24 h, the last 65,536 of them. `now` is as in LockStore.
 */
export interface QueueStore {
  /** Pushes messages, judged in array order, each atomic on its own and seeing those before it. */
  push(messages: readonly NewMessage[], now: Micros): Promise<readonly PushOutcome[]>;

  /** Removes the first claimable message and tells it. A group's lock is not held by that, but must be free. */
  pop(queueId: string, groups: boolean, now: Micros): Promise<PopOutcome>;

  /** Puts messages back that were popped, at their places, as if they had never been popped. */
  putBack(messages: readonly Message[], now: Micros): Promise<void>;

  /** Claims the first claimable messages. */
  claim(request: ClaimRequest, now: Micros): Promise<ClaimOutcome>;

  /** Outcomes are in array order; each is atomic on its own. */
  settle(settlements: readonly Settlement[], now: Micros): Promise<readonly SettleOutcome[]>;

  get(queueId: string, now: Micros): Promise<QueueState>;

  /** Queues with messages, ids ascending by bytes, behind `after` (exclusive). */
  list(prefix: string, after: string, limit: number, now: Micros): Promise<readonly QueueState[]>;

  peek(query: PeekQuery, now: Micros): Promise<PeekPage>;

  /** Removes at most `limit` messages in these states, by place, behind `after`. */
  purge(
    queueId: string,
    states: readonly MessageState[],
    after: number,
    limit: number,
    now: Micros,
  ): Promise<QueueStep>;

  /**
   * Puts at most `limit` parked messages, by place, behind `after` and not above `last`, at the queue's end; `ids`
   * undefined for all, else those of them that are parked. Attempts count from 0 again.
   */
  replay(
    queueId: string,
    ids: readonly string[] | undefined,
    after: number,
    last: number,
    limit: number,
    now: Micros,
  ): Promise<QueueStep>;

  /** The last place that was given. */
  lastPlace(): Promise<number>;

  /** Ends claims whose lease is over and makes delayed messages ready, at most `limit`. */
  expire(limit: number, now: Micros): Promise<ExpireStep>;

  /** Removes what is remembered for too long, at most `limit`. True where there may be more. */
  sweep(limit: number, now: Micros): Promise<boolean>;

  /** Calls back with what happens, once it is stored, as LockStore's `watch`. */
  watch(onNotice: (notice: QueueNotice) => void): Promise<AsyncDisposable>;
}

export type PopOutcome =
  | { readonly status: 'popped'; readonly message: Message | undefined }
  | { readonly status: 'groups_unavailable' };
