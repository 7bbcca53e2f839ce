import { endingWindow, maxEndings, type Ticket } from '../judge-lock.js';
import type { Micros } from '../ports/common.js';
import type { Ending } from '../ports/lock.js';
import { requestKey } from './lines.js';
import { Recent } from './recent.js';

/** What is kept of a holding: up to 65,536 of them stay, so as little as can be. */
interface Remembered {
  readonly lockId: string;
  readonly ticket: number;
  /** Of its lock and request. */
  readonly request: string;
  readonly ending: Ending;
  readonly time: Micros;
}

/** Holdings that are over. */
export class Endings {
  readonly #byFence = new Recent<number, Remembered>({
    window: endingWindow,
    max: maxEndings,
    onForget: (fence, { ticket, request }) => {
      this.#byTicket.delete(ticket);
      if (this.#byRequest.get(request) === fence) this.#byRequest.delete(request);
    },
  });
  /** Fences. */
  readonly #byTicket = new Map<number, number>();
  readonly #byRequest = new Map<string, number>();

  get size(): number {
    return this.#byFence.size;
  }

  add({ lockId, ticket, requestId }: Ticket, ending: Ending, now: Micros): void {
    const request = requestKey(lockId, requestId);
    this.#byFence.add(ending.fence, { lockId, ticket, request, ending, time: now });
    this.#byTicket.set(ticket, ending.fence);
    this.#byRequest.set(request, ending.fence);
  }

  ofFence(lockId: string, fence: number | undefined, now: Micros): Ending | undefined {
    const found = fence === undefined ? undefined : this.#byFence.find(fence, now);
    return found?.lockId === lockId ? found.ending : undefined;
  }

  ofTicket(lockId: string, ticket: number, now: Micros): Ending | undefined {
    return this.ofFence(lockId, this.#byTicket.get(ticket), now);
  }

  ofRequest(lockId: string, requestId: string, now: Micros): Ending | undefined {
    return this.ofFence(lockId, this.#byRequest.get(requestKey(lockId, requestId)), now);
  }

  sweep(limit: number, now: Micros): boolean {
    return this.#byFence.sweep(limit, now);
  }
}
