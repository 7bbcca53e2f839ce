import { steadyNow } from './clock.js';
import type { Micros } from './ports/common.js';
import type { ExpireStep } from './ports/lock.js';

/** What has things that run out. */
interface Expiring {
  expire(limit: number, now: Micros): Promise<ExpireStep>;
}

/** How many of them a step deals with; others are served in between. */
const limit = 500;
/** After how long it is tried again where the store failed, in microseconds. */
const retryDelay = 1_000_000;
/** The longest that a timer of Node's runs, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

/** Has a store end what has run out, at the time that it does: one timer for all of it. */
export class Expiry implements AsyncDisposable {
  readonly #store: Expiring;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer is due. */
  #due = Number.POSITIVE_INFINITY;
  #more = false;
  #running: Promise<void> | undefined;
  #closed = false;

  /** What ran out while no process was there is ended at once. */
  constructor(store: Expiring, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
    this.wake(steadyNow());
  }

  /** Says that something may run out at a time, by what was just done. */
  wake(time: Micros): void {
    if (time >= this.#due || this.#closed) return;
    this.#due = time;
    clearTimeout(this.#timer);
    const delayMs = Math.max(Math.ceil((time - steadyNow()) / 1_000), 0);
    this.#timer = setTimeout(this.#run, Math.min(delayMs, maxTimerMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  readonly #run = (): void => {
    this.#due = Number.POSITIVE_INFINITY;
    this.#more = true;
    this.#running ??= this.#expire().finally(() => {
      this.#running = undefined;
    });
  };

  async #expire(): Promise<void> {
    try {
      while (this.#more && !this.#closed) {
        this.#more = false;
        const { more, next } = await this.#store.expire(limit, steadyNow());
        if (more) this.#more = true;
        else if (next !== undefined) this.wake(next);
        await new Promise(setImmediate);
      }
    } catch (error) {
      this.#onError(error);
      this.wake(steadyNow() + retryDelay);
    }
  }
}
