import type { TrackerStore } from '../storage/ports/tracker.js';
import { type Cursor, encodeCursor, placeCursor } from './cursor.js';
import { type EventFilter, filterHash, partitionsOf } from './filter.js';
import type { Break } from './history.js';
import type { FeedItem } from './item.js';
import { Lane } from './lane.js';
import { Signal } from './signal.js';
import { findForeign, readBounds, resolveStart, type Start } from './start.js';
import type { Step, StepLimit } from './step.js';
import type { Tailer } from './tailer.js';

export interface Subscription {
  readonly filter: EventFilter;
  readonly start: Start;
  readonly limit: StepLimit;
  /** The longest silence, in milliseconds. */
  readonly heartbeatMs: number;
}

export interface Source {
  readonly store: TrackerStore;
  /** By partition. */
  readonly tailers: readonly Tailer[];
  /** Ends every stream with its reason. */
  readonly closing: AbortSignal;
}

/**
 * Streams to one subscriber: a confirmation at once, then what is in the log, history and live alike, and a
 * discontinuity as the last item where the history breaks. `next` throws the reason of an ending that aborts.
 *
 * It is one loop: read on from a place, show, and wait at the log's end. What other sidecars wrote and what this
 * one did are the same to it; a hint only ends a wait. Nothing read is held between two items, so that a slow
 * subscriber costs no memory and isn't shown what was erased meanwhile.
 */
export class Follower implements AsyncIterableIterator<FeedItem> {
  readonly #source: Source;
  readonly #subscription: Subscription;
  readonly #endings: readonly AbortSignal[];
  readonly #noteEnding = (): void => {
    this.#ending = this.#endings.find((ending) => ending.aborted);
    this.#signal.notify();
  };
  readonly #filterHash: string;
  readonly #partitions: readonly number[];
  readonly #signal = new Signal();
  readonly #heartbeat: NodeJS.Timeout;
  /** Where it began; undefined before. */
  #begin: Cursor | undefined;
  #lanes: readonly Lane[] = [];
  /** The lane whose turn it is. */
  #turn = 0;
  /** Whether that lane has to be read from the store. */
  #isBehind = false;
  #live = false;
  /** Whether nothing was shown for as long as a heartbeat. */
  #overdue = false;
  /** Why the cursor that it began with is of another history. */
  #foreign: Break | undefined;
  #ending: AbortSignal | undefined;
  #closed = false;

  constructor(source: Source, subscription: Subscription, ended: AbortSignal) {
    this.#source = source;
    this.#subscription = subscription;
    this.#endings = [ended, source.closing];
    this.#filterHash = filterHash(subscription.filter);
    this.#partitions = partitionsOf(subscription.filter, source.store.partitions);
    this.#heartbeat = setTimeout(() => {
      this.#overdue = true;
      this.#signal.notify();
    }, subscription.heartbeatMs);
    for (const ending of this.#endings) ending.addEventListener('abort', this.#noteEnding);
    this.#noteEnding();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<FeedItem, undefined>> {
    if (this.#closed) return { done: true, value: undefined };
    try {
      let item = this.#begin ? this.#advance() : await this.#confirm();
      while (!item) {
        if (this.#foreign) item = await this.#tellBreak(this.#foreign);
        else if (this.#isBehind) item = await this.#readOn();
        else await this.#signal.wait();
        item ??= this.#advance();
      }
      return { done: false, value: item };
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<FeedItem, undefined>> {
    this.#close();
    return { done: true, value: undefined };
  }

  async #confirm(): Promise<FeedItem> {
    const { store } = this.#source;
    const { filter, start } = this.#subscription;
    const bounds = await readBounds(store, this.#partitions, this.#filterHash);
    const begin = await resolveStart(store, start, bounds);
    this.#begin = begin;
    this.#foreign = findForeign(start, begin, bounds);
    if (!this.#foreign && !this.#closed) {
      this.#lanes = [...begin.places].map(([partition, place]) => {
        const rider = { filter, filterHash: this.#filterHash, place, wake: this.#signal.notify };
        const history = { epoch: begin.epoch, forgotten: bounds.forgotten.get(partition)! };
        return new Lane(store, this.#source.tailers[partition]!, partition, history, rider);
      });
    }
    return { kind: 'confirmation', cursor: encodeCursor(begin) };
  }

  /** The next item, as far as the rings reach; undefined where the store has to be read, or to be waited for. */
  #advance(): FeedItem | undefined {
    if (this.#ending) throw this.#ending.reason;
    this.#isBehind = false;
    for (let resting = 0; resting < this.#lanes.length; ) {
      const move = this.#lanes[this.#turn]!.advance(this.#subscription.limit);
      if (move === undefined) return this.#fallBehind();
      this.#turn = (this.#turn + 1) % this.#lanes.length;
      resting = move === 'rest' ? resting + 1 : 0;
      const item = move === 'rest' ? undefined : this.#show(move);
      if (item) return item;
    }
    return this.#foreign ? undefined : this.#tellEnd();
  }

  #fallBehind(): FeedItem | undefined {
    this.#isBehind = true;
    if (!this.#live) return undefined;
    this.#live = false;
    return this.#tell('fell_behind');
  }

  async #readOn(): Promise<FeedItem | undefined> {
    const move = await this.#lanes[this.#turn]!.readOn(this.#subscription.limit);
    this.#turn = (this.#turn + 1) % this.#lanes.length;
    if (move === 'rest') return undefined;
    return 'broken' in move ? this.#tellBreak(move.broken) : this.#show(move);
  }

  #show({ erasure, events }: Step): FeedItem | undefined {
    if (!erasure && events.length === 0) return this.#overdue ? this.#tell('checkpoint') : undefined;
    this.#shown();
    const cursor = this.#cursor();
    return erasure ? { kind: 'erased', erasure, cursor } : { kind: 'events', events, cursor };
  }

  /** What there is to tell at the log's end, if anything. */
  #tellEnd(): FeedItem | undefined {
    if (this.#live) return this.#overdue ? this.#tell('checkpoint') : undefined;
    this.#live = true;
    return this.#tell('caught_up');
  }

  #tell(kind: 'caught_up' | 'fell_behind' | 'checkpoint'): FeedItem {
    this.#shown();
    return { kind, cursor: this.#cursor() };
  }

  async #tellBreak(reason: Break): Promise<FeedItem> {
    this.#close();
    const { oldest, end } = await readBounds(this.#source.store, this.#partitions, this.#filterHash);
    return {
      kind: 'discontinuity',
      reason,
      oldestCursor: encodeCursor(oldest),
      endCursor: encodeCursor(end),
    };
  }

  #shown(): void {
    this.#overdue = false;
    this.#heartbeat.refresh();
  }

  #cursor(): string {
    const [lane, ...others] = this.#lanes;
    const begin = this.#begin!;
    if (others.length === 0) return placeCursor(begin, lane!.partition, lane!.place);
    return encodeCursor({
      ...begin,
      places: new Map(this.#lanes.map(({ partition, place }) => [partition, place])),
    });
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#heartbeat);
    for (const ending of this.#endings) ending.removeEventListener('abort', this.#noteEnding);
    for (const lane of this.#lanes) lane.close();
  }
}
