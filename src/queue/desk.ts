import { shuttingDown } from '../errors.js';
import { steadyNow } from '../storage/clock.js';
import { Expiry } from '../storage/expiry.js';
import type { Micros } from '../storage/ports/common.js';
import type {
  ClaimRequest,
  Delivery,
  Message,
  NewMessage,
  PushOutcome,
  QueueNotice,
  QueueStore,
  Receipt,
  Settlement,
  SettleOutcome,
} from '../storage/ports/queue.js';
import { SteadyMap } from '../storage/steady-map.js';
import { type Client, Consumer, type ConsumerOptions, claimKey } from './consumer.js';
import { Line } from './line.js';
import { groupsUnavailable } from './refusals.js';
import type { Errand, Patience } from './waiter.js';

export interface DeskOptions {
  /** Whether a claim can hold its group's lock: queues and locks are on the same store. */
  readonly groups: boolean;
  /** Hears what failed where no call could be told. */
  readonly onError: (error: unknown) => void;
}

/** Where messages are handed in and out: the store, with those of this process who wait for something in it. */
export class QueueDesk implements AsyncDisposable {
  readonly #store: QueueStore;
  readonly #options: DeskOptions;
  readonly #expiry: Expiry;
  /** Of queues that somebody waits for. */
  readonly #lines = new SteadyMap<string, Line>();
  readonly #consumers = new Set<Consumer>();
  /** How often the store told of messages. */
  #told = 0;
  /** Whose claims are under way, by consumers of this process. */
  readonly #claimants = new Map<string, Consumer>();
  #watch: AsyncDisposable | undefined;
  #closed = false;

  private constructor(store: QueueStore, options: DeskOptions) {
    this.#store = store;
    this.#options = options;
    this.#expiry = new Expiry(store, options.onError);
  }

  static async open(store: QueueStore, options: DeskOptions): Promise<QueueDesk> {
    const desk = new QueueDesk(store, options);
    desk.#watch = await store.watch((notice) => desk.#note(notice));
    return desk;
  }

  /** Pushes messages; GROUPS_UNAVAILABLE where one has a group that can't be served. */
  async push(messages: readonly NewMessage[]): Promise<readonly PushOutcome[]> {
    const now = steadyNow();
    for (const { queueId, groupId, delay } of messages) {
      if (groupId !== '' && !this.#options.groups) throw groupsUnavailable(queueId);
      if (delay !== undefined) this.#expiry.wake(now + delay);
    }
    const told = this.#told;
    const outcomes = this.#store.push(messages, now);
    // Whoever waits may take a message in the commit that stores it, where the store hasn't told of it by now.
    if (told === this.#told) this.#expect(messages);
    return outcomes;
  }

  /** Pops the first message there is, or comes to be before the wait is over. */
  async pop(queueId: string, patience: Patience): Promise<Message | undefined> {
    const [message] = await this.#wait<Message>(
      queueId,
      {
        wanted: () => 1,
        take: async () => {
          const outcome = await this.#store.pop(queueId, this.#options.groups, steadyNow());
          if (outcome.status === 'groups_unavailable') throw groupsUnavailable(queueId);
          return outcome.message ? [outcome.message] : [];
        },
        giveBack: (messages) => this.#try(this.#store.putBack(messages, steadyNow())),
      },
      patience,
    );
    return message;
  }

  /** Claims what there is, or the first that comes to be before the wait is over; asked for when there may be some. */
  claim(
    queueId: string,
    request: () => Omit<ClaimRequest, 'queueId' | 'groups'>,
    patience: Patience,
  ): Promise<readonly Delivery[]> {
    return this.#wait(
      queueId,
      {
        wanted: () => request().maxMessages,
        take: async () => {
          const { groups } = this.#options;
          const outcome = await this.#store.claim({ ...request(), queueId, groups }, steadyNow());
          if (outcome.status === 'groups_unavailable') throw groupsUnavailable(queueId);
          for (const { leaseEnd } of outcome.deliveries) this.#expiry.wake(leaseEnd);
          return outcome.deliveries;
        },
        giveBack: (deliveries) => this.giveBack(deliveries),
      },
      patience,
    );
  }

  /** Ends or extends claims. */
  async settle(settlements: readonly Settlement[]): Promise<readonly SettleOutcome[]> {
    const now = steadyNow();
    for (const settlement of settlements) {
      const delay = delayOf(settlement);
      if (delay !== undefined) this.#expiry.wake(now + delay);
    }
    const outcomes = await this.#store.settle(settlements, now);
    for (const [i, { status }] of outcomes.entries()) {
      if (status === 'done' || status === 'repeated') this.#forget(settlements[i]!.receipt);
    }
    return outcomes;
  }

  /** Makes claims undone that nobody has heard of. */
  giveBack(deliveries: readonly Delivery[]): void {
    const settlements = deliveries.map(({ receipt }): Settlement => ({ kind: 'return', receipt }));
    this.#try(this.settle(settlements));
  }

  /** Claims messages for a client until the consumer is stopped, or the desk closes. */
  consume(options: ConsumerOptions, client: Client): Consumer {
    if (this.#closed) throw shuttingDown();
    const consumer = new Consumer(options, client, {
      claim: (request, patience) => this.claim(options.queueId, request, patience),
      giveBack: (deliveries) => this.giveBack(deliveries),
      follow: (claim) => this.#claimants.set(claim, consumer),
      leave: (claims) => {
        for (const claim of claims) this.#claimants.delete(claim);
        this.#consumers.delete(consumer);
      },
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  /** Ends all waiting with SHUTTING_DOWN; claims stay. */
  close(): void {
    this.#closed = true;
    for (const [, line] of this.#lines.entries()) line.close(shuttingDown());
    for (const consumer of this.#consumers) consumer.stop(shuttingDown());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#watch?.[Symbol.asyncDispose]();
    await this.#expiry[Symbol.asyncDispose]();
  }

  #wait<Item>(queueId: string, errand: Errand<Item>, patience: Patience): Promise<readonly Item[]> {
    if (this.#closed) return Promise.reject(shuttingDown());
    let line = this.#lines.get(queueId);
    if (!line) {
      line = new Line(() => this.#lines.delete(queueId));
      this.#lines.set(queueId, line);
    }
    return line.wait(errand, patience);
  }

  /** Wakes those who wait for messages that are about to be stored. */
  #expect(messages: readonly NewMessage[]): void {
    for (const { queueId, delay } of messages) {
      if (delay === undefined) this.#lines.get(queueId)?.ready(1);
    }
  }

  #note(notice: QueueNotice): void {
    this.#told += 1;
    if (notice.kind === 'ready') this.#lines.get(notice.queueId)?.ready(notice.count);
    // The answer that makes the claim known may still come in this turn.
    else if (this.#consumers.size > 0) setImmediate(() => this.#tell(notice));
  }

  #tell(notice: Exclude<QueueNotice, { kind: 'ready' }>): void {
    const consumer = this.#claimants.get(claimKey(notice.receipt));
    if (notice.kind === 'ended') this.#forget(notice.receipt);
    consumer?.tell(notice);
  }

  #forget(receipt: Receipt): void {
    const claim = claimKey(receipt);
    const consumer = this.#claimants.get(claim);
    this.#claimants.delete(claim);
    consumer?.settled(claim);
  }

  #try(work: Promise<unknown>): void {
    work.catch(this.#options.onError);
  }
}

/** After which time a settlement leaves something due; undefined where nothing. */
function delayOf(settlement: Settlement): Micros | undefined {
  switch (settlement.kind) {
    case 'nack':
      return settlement.delay;
    case 'extend':
      return settlement.lease;
    default:
      return undefined;
  }
}
