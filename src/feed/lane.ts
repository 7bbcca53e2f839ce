import { setImmediate as turn } from 'node:timers/promises';
import type { LogLimit, Place, TrackerStore } from '../storage/ports/tracker.js';
import { type Break, findBreak, pageLimit } from './history.js';
import type { Rider } from './riders.js';
import { type Step, type StepLimit, takeStep } from './step.js';
import type { Tailer } from './tailer.js';

/** What a subscriber's next step in a partition came to. `rest`: there is nothing to read until it is woken. */
export type Move = Step | 'rest' | { readonly broken: Break };

/** One subscriber's way along one partition. */
export class Lane {
  readonly partition: number;
  readonly #store: TrackerStore;
  readonly #tailer: Tailer;
  readonly #epoch: string;
  /** The last erasure that the log had forgotten when it began. */
  readonly #forgotten: number;
  readonly #rider: Rider;
  #pageLimit: LogLimit = pageLimit;

  constructor(
    store: TrackerStore,
    tailer: Tailer,
    partition: number,
    history: { readonly epoch: string; readonly forgotten: number },
    rider: Rider,
  ) {
    this.partition = partition;
    this.#store = store;
    this.#tailer = tailer;
    this.#epoch = history.epoch;
    this.#forgotten = history.forgotten;
    this.#rider = rider;
    tailer.join();
  }

  /** The place up to which everything that matches was given out. */
  get place(): Place {
    return this.#tailer.placeOf(this.#rider);
  }

  /** Goes on by one step as far as the ring reaches; undefined where it doesn't. */
  advance(limit: StepLimit): Step | 'rest' | undefined {
    if (this.#tailer.rides(this.#rider)) return 'rest';
    const step = this.#tailer.step(this.#rider, this.#epoch, limit);
    if (!step) return undefined;
    return step.place.position > this.#rider.place.position ? this.#go(step) : this.#rest();
  }

  /** Goes on by one step from the store. */
  async readOn(limit: StepLimit): Promise<Move> {
    // An engine may answer without leaving this turn of the event loop: others come in between two pages, but
    // not between a page and its showing, where an erasure could be answered.
    await turn();
    const rider = this.#rider;
    const page = await this.#store.readLog(this.partition, rider.place.position, this.#pageLimit);
    const broken = findBreak(rider.place, this.#epoch, page, this.#forgotten);
    if (broken) return { broken };
    if (page.entries.length === 0) return this.#rest();
    return this.#go(takeStep(page.entries, rider.place, rider.filter, limit));
  }

  close(): void {
    this.#tailer.alight(this.#rider);
    this.#tailer.leave();
  }

  #go(step: Step): Step {
    this.#rider.place = step.place;
    // What is shown is read anew each time; erasures are shown one by one, and often stand side by side.
    this.#pageLimit = step.erasure ? { ...pageLimit, maxEvents: 1 } : pageLimit;
    return step;
  }

  /** Rides, or reads on where the tailer came by more meanwhile. */
  #rest(): Step | 'rest' {
    if (this.#tailer.ride(this.#rider, this.#epoch)) return 'rest';
    return { events: [], erasure: undefined, place: this.#rider.place };
  }
}
