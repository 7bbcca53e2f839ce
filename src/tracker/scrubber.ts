import { setTimeout as sleep } from 'node:timers/promises';
import type { TrackerStore } from '../storage/ports/tracker.js';

const step = { events: 500, pauseMs: 2 };
/** How long a fence that no event follows is remembered at least. */
const fenceRetentionMs = 24 * 3_600_000;
const intervalMs = 600_000;

/**
 * Removes what was erased, in small steps beside other work: after every erasure, at the start (an earlier
 * process may have been killed in between) and now and then, for fences that stand alone.
 */
export class Scrubber implements AsyncDisposable {
  readonly #store: Pick<TrackerStore, 'scrub'>;
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(store: Pick<TrackerStore, 'scrub'>, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
    this.#timer = setInterval(() => this.wake(), intervalMs);
    this.#timer.unref();
    this.wake();
  }

  /** Says that there is something to remove. */
  wake(): void {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        while (
          !this.#closed &&
          (await this.#store.scrub(step.events, (Date.now() - fenceRetentionMs) * 1_000))
        ) {
          await sleep(step.pauseMs);
        }
      }
    } catch (error) {
      this.#onError(error);
    }
  }
}
