import { setMaxListeners } from 'node:events';
import { TracksideError } from '../errors.js';
import type { TrackerStore } from '../storage/ports/tracker.js';
import { Follower, type Subscription } from './follow.js';
import { Tailer, type TailerOptions } from './tailer.js';

/** The live feed of one tracker store. */
export class Feed {
  readonly #store: TrackerStore;
  readonly #tailers: readonly Tailer[];
  readonly #closing = new AbortController();

  constructor(store: TrackerStore, options: TailerOptions) {
    // One listener a subscriber is meant, not a leak.
    setMaxListeners(0, this.#closing.signal);
    this.#store = store;
    this.#tailers = Array.from(
      { length: store.partitions },
      (_, partition) => new Tailer(store, partition, options),
    );
  }

  /** Says that a partition's log may have grown: a hint, nothing more. */
  wake(partition: number): void {
    this.#tailers[partition]!.wake();
  }

  /** Resolves when no subscriber is given anything that was read before a position. */
  reached(partition: number, position: number): Promise<void> {
    return this.#tailers[partition]!.reached(position);
  }

  /** Streams to one subscriber until `ended` aborts, or the feed closes: with SHUTTING_DOWN. */
  follow(subscription: Subscription, ended: AbortSignal): Follower {
    const source = { store: this.#store, tailers: this.#tailers, closing: this.#closing.signal };
    return new Follower(source, subscription, ended);
  }

  /** Ends all streams. */
  close(): void {
    this.#closing.abort(
      new TracksideError('SHUTTING_DOWN', 'the sidecar is stopping; resume from the last cursor'),
    );
  }
}
