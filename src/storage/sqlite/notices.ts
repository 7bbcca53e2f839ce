import type { LockNotice } from '../ports/lock.js';
import type { QueueNotice } from '../ports/queue.js';

/** What happened to tickets and in queues, in its order. */
export interface Noticed {
  readonly lock: readonly LockNotice[];
  readonly queue: readonly QueueNotice[];
}

/** Collects what happens, and what is stored of it. */
export class Notices {
  #lock: LockNotice[] = [];
  #queue: QueueNotice[] = [];
  /** How many messages of a queue became claimable. */
  readonly #ready = new Map<string, number>();
  #stored: { readonly lock: LockNotice[]; readonly queue: QueueNotice[] } = { lock: [], queue: [] };

  lock(notice: LockNotice): void {
    this.#lock.push(notice);
  }

  queue(notice: QueueNotice): void {
    this.#queue.push(notice);
  }

  /** One more message of a queue can be claimed. */
  ready(queueId: string): void {
    this.#ready.set(queueId, (this.#ready.get(queueId) ?? 0) + 1);
  }

  /** Has no more of a queue told as claimable than are there at the end of the transaction. */
  bound(readyIn: (queueId: string) => number): void {
    for (const [queueId, count] of this.#ready) this.#ready.set(queueId, Math.min(count, readyIn(queueId)));
  }

  /** What happened is being stored. */
  save(): void {
    this.#stored.lock.push(...this.#lock);
    this.#stored.queue.push(...this.#queue);
    for (const [queueId, count] of this.#ready) {
      if (count > 0) this.#stored.queue.push({ queueId, kind: 'ready', count });
    }
    this.load();
  }

  /** What happened was undone. */
  load(): void {
    this.#lock = [];
    this.#queue = [];
    this.#ready.clear();
  }

  /** What was stored since this was last asked, if anything. */
  take(): Noticed | undefined {
    const stored = this.#stored;
    if (stored.lock.length === 0 && stored.queue.length === 0) return undefined;
    this.#stored = { lock: [], queue: [] };
    return stored;
  }
}
