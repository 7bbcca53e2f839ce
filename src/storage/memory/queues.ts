import type { MessageChange } from '../judge-queue.js';
import type { Micros } from '../ports/common.js';
import type { Message, MessageState } from '../ports/queue.js';
import { SteadyMap } from '../steady-map.js';
import { storedBytes, textBytes } from './bytes.js';
import { SortedIds } from './ids.js';
import { Sorted } from './sorted.js';

/** A claim that is under way. */
export interface Claim {
  readonly claim: number;
  readonly leaseEnd: Micros;
}

export interface StoredMessage {
  /** As it is told; another one after each change. */
  message: Message;
  /** That of the message. */
  place: number;
  state: MessageState;
  claim: Claim | undefined;
  /** When it is due, or its claim runs out; undefined where nothing is to come. */
  until: Micros | undefined;
  isClaimable: boolean;
  readonly queue: Queue;
  /** Undefined without one, and where it is parked. */
  group: Group | undefined;
  /** What it takes, about. */
  readonly bytes: number;
}

/** Messages by place. */
export type Places = Sorted<StoredMessage, { readonly place: number }>;

/** A queue's messages. */
export interface Queue {
  readonly id: string;
  readonly byState: { readonly [state in MessageState]: Places };
  readonly claimable: Places;
  readonly groups: SteadyMap<string, Group>;
}

/** What a queue has of a group, without what is parked. */
interface Group {
  readonly id: string;
  readonly queue: Queue;
  readonly messages: Places;
}

const none: ReadonlyMap<string, number> = new Map();
const states: readonly MessageState[] = ['ready', 'delayed', 'in_flight', 'parked'];

/** The messages of all queues. A queue or group without messages leaves nothing. */
export class Queues {
  readonly #queues = new SteadyMap<string, Queue>();
  readonly #ids = new SortedIds();
  readonly #byId = new Map<string, StoredMessage>();
  readonly #byUntil: Sorted<StoredMessage> = new Sorted((a, b) => a.until! - b.until! || a.place - b.place);
  /** By the group's id, one for each queue that has messages of it. */
  readonly #groups = new SteadyMap<string, Set<Group>>();
  readonly #isFree: (lockId: string) => boolean;
  /** What became claimable, and is still, since it was last taken. */
  #fresh = new Set<StoredMessage>();
  #bytes = 0;

  /** `isFree` tells whether nobody holds a lock or waits for it. */
  constructor(isFree: (lockId: string) => boolean) {
    this.#isFree = isFree;
  }

  /** What the messages take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many messages there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** The message that is due, or whose claim runs out, first. */
  get nextToTurn(): StoredMessage | undefined {
    return this.#byUntil.first;
  }

  queue(queueId: string): Queue | undefined {
    return this.#queues.get(queueId);
  }

  /** The queues that have messages, ascending by bytes. */
  idsFrom(start: string): Iterable<string> {
    return this.#ids.from(start);
  }

  find(messageId: string): StoredMessage | undefined {
    return this.#byId.get(messageId);
  }

  add(message: Message, state: 'ready' | 'delayed'): void {
    const queue = this.#queues.get(message.queueId) ?? this.#open(message.queueId);
    const stored: StoredMessage = {
      message,
      place: message.place,
      state,
      claim: undefined,
      until: state === 'delayed' ? message.readyTime : undefined,
      isClaimable: false,
      queue,
      group: undefined,
      bytes: messageBytes(message),
    };
    this.#byId.set(message.messageId, stored);
    this.#bytes += stored.bytes;
    this.#index(stored);
    if (message.groupId !== '') this.#joinGroup(stored);
    this.#judge(stored);
  }

  remove(stored: StoredMessage): void {
    const { queue, message } = stored;
    this.#byId.delete(message.messageId);
    this.#bytes -= stored.bytes;
    this.#setClaimable(stored, false);
    this.#unindex(stored);
    if (stored.group) this.#leaveGroup(stored, stored.group);
    if (states.every((state) => queue.byState[state].size === 0)) this.#close(queue);
  }

  /** Gives a message that isn't ready another state, and a parked one another place; a claim of it is over. */
  change(stored: StoredMessage, { state, readyTime, attempts }: MessageChange, place = stored.place): void {
    this.#unindex(stored);
    stored.message = { ...stored.message, readyTime, attempts, place };
    stored.place = place;
    stored.state = state;
    stored.claim = undefined;
    stored.until = state === 'delayed' ? readyTime : undefined;
    this.#index(stored);
    if (state === 'parked' && stored.group) this.#leaveGroup(stored, stored.group);
    if (state !== 'parked' && !stored.group && stored.message.groupId !== '') this.#joinGroup(stored);
    this.#judge(stored);
  }

  /** Claims a message, which counts as an attempt. */
  claim(stored: StoredMessage, claim: Claim): void {
    this.#setClaimable(stored, false);
    this.#unindex(stored);
    stored.message = { ...stored.message, attempts: stored.message.attempts + 1 };
    stored.state = 'in_flight';
    stored.claim = claim;
    stored.until = claim.leaseEnd;
    this.#index(stored);
  }

  /** Lets a claim last until another time. */
  extend(stored: StoredMessage, claim: Claim): void {
    this.#byUntil.delete(stored);
    stored.claim = claim;
    stored.until = claim.leaseEnd;
    this.#byUntil.add(stored);
  }

  /** Says that a lock became free, or stopped being so. */
  lockTurned(lockId: string): void {
    for (const { messages } of this.#groups.get(lockId) ?? []) this.#judge(messages.first!);
  }

  /** How many messages of each queue became claimable since this was last asked. */
  takeFresh(): ReadonlyMap<string, number> {
    if (this.#fresh.size === 0) return none;
    const counts = new Map<string, number>();
    for (const { queue } of this.#fresh) counts.set(queue.id, (counts.get(queue.id) ?? 0) + 1);
    this.#fresh = new Set();
    return counts;
  }

  #index(stored: StoredMessage): void {
    stored.queue.byState[stored.state].add(stored);
    if (stored.until !== undefined) this.#byUntil.add(stored);
  }

  #unindex(stored: StoredMessage): void {
    stored.queue.byState[stored.state].delete(stored);
    if (stored.until !== undefined) this.#byUntil.delete(stored);
  }

  #joinGroup(stored: StoredMessage): void {
    const { queue, message } = stored;
    const group = queue.groups.get(message.groupId) ?? this.#openGroup(queue, message.groupId);
    const before = group.messages.first;
    group.messages.add(stored);
    stored.group = group;
    if (before) this.#judge(before);
  }

  #leaveGroup(stored: StoredMessage, group: Group): void {
    group.messages.delete(stored);
    stored.group = undefined;
    if (group.messages.first) this.#judge(group.messages.first);
    else this.#closeGroup(group);
  }

  #judge(stored: StoredMessage): void {
    const { group, state } = stored;
    const isNext = !group || (group.messages.first === stored && this.#isFree(group.id));
    this.#setClaimable(stored, state === 'ready' && isNext);
  }

  #setClaimable(stored: StoredMessage, isClaimable: boolean): void {
    if (stored.isClaimable === isClaimable) return;
    stored.isClaimable = isClaimable;
    const { claimable } = stored.queue;
    if (isClaimable) {
      claimable.add(stored);
      this.#fresh.add(stored);
    } else {
      claimable.delete(stored);
      this.#fresh.delete(stored);
    }
  }

  #open(id: string): Queue {
    const byState = { ready: places(), delayed: places(), in_flight: places(), parked: places() };
    const queue = { id, byState, claimable: places(), groups: new SteadyMap<string, Group>() };
    this.#queues.set(id, queue);
    this.#ids.add(id);
    this.#bytes += overhead.queue;
    return queue;
  }

  #close({ id }: Queue): void {
    this.#queues.delete(id);
    this.#ids.delete(id);
    this.#bytes -= overhead.queue;
  }

  #openGroup(queue: Queue, id: string): Group {
    const group = { id, queue, messages: places() };
    queue.groups.set(id, group);
    this.#bytes += overhead.group;
    const queues = this.#groups.get(id);
    if (queues) queues.add(group);
    else this.#groups.set(id, new Set([group]));
    return group;
  }

  #closeGroup(group: Group): void {
    group.queue.groups.delete(group.id);
    this.#bytes -= overhead.group;
    const queues = this.#groups.get(group.id)!;
    queues.delete(group);
    if (queues.size === 0) this.#groups.delete(group.id);
  }
}

type Sized = Pick<Message, 'value' | 'groupId' | 'dedupId' | 'queueId'>;

/** What objects, maps and indexes take, about: of a message, a group with its lock and claim, a queue. */
const overhead = { message: 512, group: 1_400, queue: 1_536 };

/** What a message takes, about. */
export function messageBytes({ value, groupId, dedupId, queueId }: Sized): number {
  return (
    overhead.message + storedBytes(value) + 2 * textBytes(groupId) + textBytes(dedupId) + textBytes(queueId)
  );
}

function places(): Places {
  return new Sorted(byPlace);
}

function byPlace(a: { readonly place: number }, b: { readonly place: number }): number {
  return a.place - b.place;
}
