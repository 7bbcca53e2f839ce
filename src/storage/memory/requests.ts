import { maxRequests, type Requests, requestWindow } from '../once.js';
import type { Micros } from '../ports/common.js';

interface Remembered {
  readonly digest: string;
  readonly result: unknown;
  readonly time: Micros;
}

/** The requests of one store, the oldest first. */
export class MemoryRequests implements Requests {
  readonly #byId = new Map<string, Remembered>();

  find(id: string, now: Micros): Remembered | undefined {
    const found = this.#byId.get(id);
    return found && found.time > now - requestWindow ? found : undefined;
  }

  add({ id, digest }: { readonly id: string; readonly digest: string }, result: unknown, now: Micros): void {
    this.#byId.delete(id);
    this.#byId.set(id, { digest, result, time: now });
    if (this.#byId.size > maxRequests) this.#byId.delete(this.#byId.keys().next().value!);
  }

  /** Forgets at most so many that are too old. True where there may be more. */
  sweep(limit: number, now: Micros): boolean {
    let left = limit;
    for (const [id, { time }] of this.#byId) {
      if (time > now - requestWindow) return false;
      if (left-- === 0) return true;
      this.#byId.delete(id);
    }
    return false;
  }
}
