import { maxRequests, type Requests, requestWindow } from '../once.js';
import type { Micros, RequestMark } from '../ports/common.js';
import { Recent } from './recent.js';

interface Remembered {
  readonly digest: string;
  readonly result: unknown;
  readonly time: Micros;
}

/** The requests of one store. */
export class MemoryRequests implements Requests {
  readonly #byId = new Recent<string, Remembered>({ window: requestWindow, max: maxRequests });

  find(id: string, now: Micros): Remembered | undefined {
    return this.#byId.find(id, now);
  }

  add({ id, digest }: RequestMark, result: unknown, now: Micros): void {
    this.#byId.add(id, { digest, result, time: now });
  }

  /** Forgets at most so many that are too old. True where there may be more. */
  sweep(limit: number, now: Micros): boolean {
    return this.#byId.sweep(limit, now);
  }
}
