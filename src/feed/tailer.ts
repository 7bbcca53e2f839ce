import { setImmediate as turn } from 'node:timers/promises';
import type { LogEntry, LogPage, Place, TrackerStore } from '../storage/ports/tracker.js';
import { findBreak, pageLimit } from './history.js';
import { type Rider, Riders } from './riders.js';
import { Ring } from './ring.js';
import { Signal } from './signal.js';
import { type Step, type StepLimit, takeStep } from './step.js';

export interface TailerOptions {
  readonly ringBytes: number;
  /** How often the log's end is looked at without a hint, in milliseconds. */
  readonly pollIntervalMs: number;
  /** How long the store keeps a conversation that nothing is appended to; undefined for good. */
  readonly retentionMs?: number | undefined;
}

/** The filters whose last step is kept. */
const maxShared = 64;

interface Tail {
  readonly ring: Ring;
  readonly epoch: string;
}

/**
 * Reads the end of one partition's log once for all subscribers of this process. It starts with the first that
 * reaches the end and runs while any is there; its ring serves whoever is less than the ring behind.
 */
export class Tailer {
  readonly #store: TrackerStore;
  readonly #partition: number;
  readonly #options: TailerOptions;
  readonly #riders = new Riders();
  readonly #signal = new Signal();
  /** By filter, the last step that was taken, for others at the same place; until the ring moves. */
  readonly #shared = new Map<
    string,
    { readonly start: number; readonly limit: number; readonly step: Step }
  >();
  #tail: Tail | undefined;
  #subscribers = 0;
  readonly #reached = new Set<{ readonly position: number; readonly resolve: () => void }>();

  constructor(store: TrackerStore, partition: number, options: TailerOptions) {
    this.#store = store;
    this.#partition = partition;
    this.#options = options;
  }

  /** Says that the log may have grown. */
  wake(): void {
    this.#signal.notify();
  }

  join(): void {
    this.#subscribers += 1;
  }

  leave(): void {
    this.#subscribers -= 1;
    if (this.#subscribers === 0) this.wake();
  }

  /** A subscriber's next step from the ring; undefined where only the store can tell. */
  step({ place, filter, filterHash }: Rider, epoch: string, limit: StepLimit): Step | undefined {
    const ring = this.#tail?.ring;
    this.#expire(ring);
    if (this.#tail?.epoch !== epoch || !ring?.covers(place.position)) return undefined;
    if (ring.checkAt(place.position) !== place.check) return undefined;
    const shared = this.#shared.get(filterHash);
    if (shared?.start === place.position && shared.limit === limit.maxEvents) return shared.step;
    const step = takeStep(ring.entriesBehind(place.position), place, filter, limit);
    if (this.#shared.size >= maxShared) this.#shared.clear();
    this.#shared.set(filterHash, { start: place.position, limit: limit.maxEvents, step });
    return step;
  }

  /** Lets a subscriber ride that has read to the log's end; false where there is more to read by now. */
  ride(rider: Rider, epoch: string): boolean {
    if (!this.#tail) this.#start(rider.place, epoch);
    const { end } = this.#tail!.ring;
    if (end.position > rider.place.position) return false;
    if (end.position < rider.place.position) this.wake();
    this.#riders.add(rider);
    return true;
  }

  rides(rider: Rider): boolean {
    return this.#riders.has(rider);
  }

  /** Where a rider is: nothing before it, and behind its last place, matched. */
  placeOf(rider: Rider): Place {
    const end = this.#tail?.ring.end;
    if (!end || !this.rides(rider) || end.position <= rider.place.position) return rider.place;
    return { position: end.position, check: end.check };
  }

  /** Ends a ride, at the place that it came to. */
  alight(rider: Rider): void {
    rider.place = this.placeOf(rider);
    this.#riders.delete(rider);
  }

  /** Resolves when nobody is served from the ring what was read before a position. */
  reached(position: number): Promise<void> {
    if (!this.#tail || this.#tail.ring.end.position >= position) return Promise.resolve();
    this.wake();
    return new Promise((resolve) => this.#reached.add({ position, resolve }));
  }

  #start(place: Place, epoch: string): void {
    const tail = { ring: new Ring(place, this.#options.ringBytes), epoch };
    this.#tail = tail;
    void this.#run(tail).finally(() => {
      this.#tail = undefined;
      this.#shared.clear();
      this.#riders.clear(tail.ring.end);
      this.#settle(Number.POSITIVE_INFINITY);
    });
  }

  async #run(tail: Tail): Promise<void> {
    const poll = setInterval(this.#signal.notify, this.#options.pollIntervalMs);
    try {
      await this.#readOn(tail);
    } finally {
      clearInterval(poll);
    }
  }

  async #readOn(tail: Tail): Promise<void> {
    while (this.#subscribers > 0) {
      const page = await this.#readEnd(tail);
      if (!page) return;
      for (const entry of page.entries) this.#take(entry, tail.ring);
      this.#settle(tail.ring.end.position);
      if (tail.ring.end.position < page.end.position) await turn();
      else await this.#signal.wait();
    }
  }

  /** Undefined where the history broke or can't be read: whoever rides then sees for itself. */
  async #readEnd(tail: Tail): Promise<LogPage | undefined> {
    const seen = tail.ring.end;
    try {
      const page = await this.#store.readLog(this.#partition, seen.position, pageLimit);
      return findBreak(seen, tail.epoch, page) ? undefined : page;
    } catch {
      return undefined;
    }
  }

  /** Leaves to the store what may have expired. Half the retention is room for clocks that differ. */
  #expire(ring: Ring | undefined): void {
    const { retentionMs } = this.#options;
    if (retentionMs === undefined || !ring) return;
    if (ring.dropUntil((Date.now() - retentionMs / 2) * 1_000)) this.#shared.clear();
  }

  #take(entry: LogEntry, ring: Ring): void {
    const { position, check } = ring.end;
    if (entry.kind === 'erasure') {
      ring.erase(entry.conversationId, (sequence) =>
        entry.ranges.some((range) => sequence >= range.first && sequence <= range.last),
      );
    }
    ring.push(entry);
    this.#shared.clear();
    this.#riders.dispatch(entry, { position, check });
  }

  #settle(position: number): void {
    for (const waiting of this.#reached) {
      if (waiting.position > position) continue;
      this.#reached.delete(waiting);
      waiting.resolve();
    }
  }
}
