import { setTimeout as sleep } from 'node:timers/promises';
import type { Micros } from './ports/common.js';

const step = { limit: 500, pauseMs: 2 };
const intervalMs = 5_000;

/** Removes what has expired, in small steps beside other work: now and then, without a timer per key. */
export class Sweeper implements AsyncDisposable {
  readonly #store: { sweep(limit: number, now: Micros): Promise<boolean> };
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(
    store: { sweep(limit: number, now: Micros): Promise<boolean> },
    onError: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#onError = onError;
    this.#timer = setInterval(() => {
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
    }, intervalMs);
    this.#timer.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#closed && (await this.#store.sweep(step.limit, Date.now() * 1_000))) {
        await sleep(step.pauseMs);
      }
    } catch (error) {
      this.#onError(error);
    }
  }
}
