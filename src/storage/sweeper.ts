import { setTimeout as sleep } from 'node:timers/promises';
import type { Micros } from './ports/common.js';

const pauseMs = 2;
const expired = { limit: 500, intervalMs: 5_000 };

export interface SweeperOptions {
  /** Removes a little of what no call can show any more; true where there may be more. */
  readonly step: () => Promise<boolean>;
  /** How often it is done without being woken. */
  readonly intervalMs: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Has a store remove what is over, in small steps beside other work: at the start (an earlier process may have
 * been killed in between), when it is woken, and now and then.
 */
export class Sweeper implements AsyncDisposable {
  readonly #options: SweeperOptions;
  readonly #timer: NodeJS.Timeout;
  #running = false;
  #ended: Promise<void> = Promise.resolve();
  #again = false;
  #closed = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.wake(), options.intervalMs);
    this.#timer.unref();
    this.wake();
  }

  /** Says that there is something to remove. */
  wake(): void {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    this.#ended = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#ended;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        while (!this.#closed && (await this.#options.step())) await sleep(pauseMs);
      }
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#running = false;
    }
  }
}

/** Removes what has expired, without a timer per key. */
export function sweepExpired(
  store: { sweep(limit: number, now: Micros): Promise<boolean> },
  onError: (error: unknown) => void,
): Sweeper {
  const step = () => store.sweep(expired.limit, Date.now() * 1_000);
  return new Sweeper({ step, intervalMs: expired.intervalMs, onError });
}
