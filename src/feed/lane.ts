import { setImmediate as turn } from 'node:timers/promises';
import type { Place, TrackerStore } from '../storage/ports.js';
import type { EventFilter } from './filter.js';
import { type Break, findBreak } from './history.js';
import type { Rider } from './riders.js';
import { type Step, type StepLimit, takeStep } from './step.js';
import type { Tailer } from './tailer.js';

/** What a subscriber's next step in a partition came to. */
export type Move =
  /** The log's end: there is nothing to read until the subscriber is woken. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'broken'; readonly reason: Break };

const pageLimit = { maxEvents: 1_000, maxBytes: 4 << 20 };

/** One subscriber's way along one partition. */
export class Lane {
  readonly partition: number;
  readonly #store: TrackerStore;
  readonly #tailer: Tailer;
  readonly #epoch: string;
  readonly #rider: Rider;

  constructor(lane: {
    readonly store: TrackerStore;
    readonly tailer: Tailer;
    readonly partition: number;
    readonly epoch: string;
    readonly filter: EventFilter;
    readonly filterHash: string;
    readonly place: Place;
    readonly wake: () => void;
  }) {
    this.partition = lane.partition;
    this.#store = lane.store;
    this.#tailer = lane.tailer;
    this.#epoch = lane.epoch;
    this.#rider = { filter: lane.filter, filterHash: lane.filterHash, place: lane.place, wake: lane.wake };
    this.#tailer.join();
  }

  /** The place up to which everything that matches was given out. */
  get place(): Place {
    return this.#tailer.placeOf(this.#rider);
  }

  /** Whether the next step has to be read from the store, the ring not reaching back far enough. */
  get isBehind(): boolean {
    return !this.#tailer.rides(this.#rider) && !this.#tailer.covers(this.#rider, this.#epoch);
  }

  async advance(limit: StepLimit): Promise<Move> {
    const rider = this.#rider;
    if (this.#tailer.rides(rider)) return { kind: 'rest' };
    const step = this.#tailer.step(rider, this.#epoch, limit);
    if (step && step.place.position > rider.place.position) return this.#go(step);
    if (step) return this.#rest();
    // An engine may answer without leaving this turn of the event loop: others come in between two pages, but
    // not between a page and its showing, where an erasure could be answered.
    await turn();
    const page = await this.#store.readLog(this.partition, rider.place.position, pageLimit);
    const reason = findBreak(rider.place, this.#epoch, page);
    if (reason) return { kind: 'broken', reason };
    if (page.entries.length === 0) return this.#rest();
    return this.#go(takeStep(page.entries, rider.place, rider.filter, limit));
  }

  close(): void {
    this.#tailer.alight(this.#rider);
    this.#tailer.leave();
  }

  #go(step: Step): Move {
    this.#rider.place = step.place;
    return { kind: 'step', step };
  }

  /** Rides, or reads on where the tailer came by more meanwhile. */
  #rest(): Move {
    if (this.#tailer.ride(this.#rider, this.#epoch)) return { kind: 'rest' };
    return this.#go({ events: [], erasure: undefined, place: this.#rider.place });
  }
}
