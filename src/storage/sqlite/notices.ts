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
  #stored: { readonly lock: LockNotice[]; readonly queue: QueueNotice[] } = { lock: [], queue: [] };

  lock(notice: LockNotice): void {
    this.#lock.push(notice);
  }

  queue(notice: QueueNotice): void {
    this.#queue.push(notice);
  }

  /** One more message of a queue can be claimed; those that become so one behind the other are told together. */
  ready(queueId: string): void {
    const last = this.#queue.at(-1);
    if (last?.kind !== 'ready' || last.queueId !== queueId) this.queue({ queueId, kind: 'ready', count: 1 });
    else this.#queue[this.#queue.length - 1] = { ...last, count: last.count + 1 };
  }

  /** What happened is being stored. */
  save(): void {
    this.#stored.lock.push(...this.#lock);
    this.#stored.queue.push(...this.#queue);
    this.load();
  }

  /** What happened was undone. */
  load(): void {
    this.#lock = [];
    this.#queue = [];
  }

  /** What was stored since this was last asked, if anything. */
  take(): Noticed | undefined {
    const stored = this.#stored;
    if (stored.lock.length === 0 && stored.queue.length === 0) return undefined;
    this.#stored = { lock: [], queue: [] };
    return stored;
  }
}
