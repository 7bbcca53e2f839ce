import { steadyNow } from '../storage/clock.js';
import type { LockStore } from '../storage/ports/lock.js';
import type { Seats } from './seats.js';

/** Changes within it are told as one. */
const intervalMs = 100;

export interface PlacesOptions {
  readonly store: Pick<LockStore, 'get'>;
  readonly seats: Seats;
  /** The most that may wait for a lock. */
  readonly maxWaiting: number;
  readonly onError: (error: unknown) => void;
}

/** Tells waiting streams their new places: for all of a lock, by one look at its line. */
export class Places {
  readonly #options: PlacesOptions;
  /** The locks whose lines have moved. */
  #moved = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Says that a lock's line has moved. */
  moved(lockId: string): void {
    if (this.#options.seats.waitingStreams(lockId).next().done) return;
    this.#moved.add(lockId);
    this.#timer ??= setTimeout(() => void this.#tell(), intervalMs);
  }

  close(): void {
    this.#moved.clear();
    clearTimeout(this.#timer);
  }

  async #tell(): Promise<void> {
    const moved = this.#moved;
    this.#moved = new Set();
    for (const lockId of moved) await this.#look(lockId).catch(this.#options.onError);
    this.#timer = undefined;
    if (this.#moved.size > 0) this.#timer = setTimeout(() => void this.#tell(), intervalMs);
  }

  async #look(lockId: string): Promise<void> {
    const { store, seats, maxWaiting } = this.#options;
    const line = await store.get(lockId, maxWaiting, steadyNow());
    const places = new Map(line?.waiters.map(({ ticket }, i) => [ticket, i + 1]));
    for (const seat of seats.waitingStreams(lockId)) {
      const ahead = places.get(seat.ticket!);
      if (ahead !== undefined) seat.move(ahead);
    }
  }
}
