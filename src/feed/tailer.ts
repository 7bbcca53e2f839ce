import { setImmediate as turn } from 'node:timers/promises';
import type { LogEntry, LogPage, Place, TrackerStore } from '../storage/ports.js';
import { findBreak } from './history.js';
import { type Rider, Riders } from './riders.js';
import { Ring } from './ring.js';
import { Signal } from './signal.js';
import { type Step, type StepLimit, takeStep } from './step.js';

export interface TailerOptions {
  readonly ringBytes: number;
  /** How often the log's end is looked at without a hint, in milliseconds. */
  readonly pollIntervalMs: number;
}

/** Beyond it subscribers are apart from each other, and sharing saves nothing. */
const maxSharedSteps = 64;

const pageLimit = { maxEvents: 1_000, maxBytes: 4 << 20 };

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
  /** Steps that subscribers with equal filters at equal places share, until the ring moves. */
  readonly #steps = new Map<string, Step>();
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

  /** Whether the ring has what comes behind a subscriber's place. */
  covers({ place }: Rider, epoch: string): boolean {
    const ring = this.#tail?.ring;
    if (this.#tail?.epoch !== epoch || !ring?.covers(place.position)) return false;
    return ring.checkAt(place.position) === place.check;
  }

  /** A subscriber's next step from the ring; undefined where only the store can tell. */
  step(rider: Rider, epoch: string, limit: StepLimit): Step | undefined {
    if (!this.covers(rider, epoch)) return undefined;
    const { place, filter, filterHash } = rider;
    const key = `${place.position} ${limit.maxEvents} ${filterHash}`;
    let step = this.#steps.get(key);
    if (!step) {
      if (this.#steps.size >= maxSharedSteps) this.#steps.clear();
      step = takeStep(this.#tail!.ring.entriesBehind(place.position), place, filter, limit);
      this.#steps.set(key, step);
    }
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
      this.#steps.clear();
      this.#riders.clear();
      this.#settle(Number.POSITIVE_INFINITY);
    });
  }

  async #run(tail: Tail): Promise<void> {
    while (this.#subscribers > 0) {
      const page = await this.#readEnd(tail);
      if (!page) return;
      for (const entry of page.entries) this.#take(entry, tail.ring);
      this.#settle(tail.ring.end.position);
      if (tail.ring.end.position < page.end.position) await turn();
      else await this.#signal.wait(this.#options.pollIntervalMs);
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

  #take(entry: LogEntry, ring: Ring): void {
    const { position, check } = ring.end;
    if (entry.kind === 'erasure') {
      ring.erase(entry.conversationId, (sequence) =>
        entry.ranges.some((range) => sequence >= range.first && sequence <= range.last),
      );
    }
    ring.push(entry);
    this.#steps.clear();
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
