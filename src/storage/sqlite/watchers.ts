import type { LockNotice } from '../ports/lock.js';
import type { QueueNotice } from '../ports/queue.js';

/** What is told of each store. */
export interface Watched {
  readonly lock: LockNotice;
  readonly queue: QueueNotice;
}

/** Those who are told what happens. */
export class Watchers<Notice> {
  readonly #callbacks = new Set<(notice: Notice) => void>();

  async watch(onNotice: (notice: Notice) => void): Promise<AsyncDisposable> {
    const callback = (notice: Notice) => onNotice(notice);
    this.#callbacks.add(callback);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#callbacks.delete(callback);
      },
    };
  }

  tell(notices: readonly Notice[]): void {
    for (const notice of notices) for (const callback of this.#callbacks) callback(notice);
  }
}
