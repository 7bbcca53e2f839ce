import type { Micros } from '../ports/common.js';
import type { Message } from '../ports/queue.js';
import { textBytes } from './bytes.js';
import { Recent } from './recent.js';

type Deduped = Pick<Message, 'queueId' | 'dedupId' | 'messageId'>;

/** What a dedup id takes besides its texts. */
const overhead = 256;

/** The dedup ids of messages that are there, and of those that are done for no longer than the window. */
export class Dedups {
  /** The messages' ids. */
  readonly #standing = new Map<string, string>();
  readonly #done: Recent<string, { readonly messageId: string; readonly time: Micros }>;
  #bytes = 0;

  constructor(window: Micros) {
    const onForget = (key: string) => {
      this.#bytes -= bytesOf(key);
    };
    this.#done = new Recent({ window, max: Number.POSITIVE_INFINITY, onForget });
  }

  /** What those take, about, whose messages are done. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The id of the message for which one with this dedup id is refused. */
  find(message: Omit<Deduped, 'messageId'>, now: Micros): string | undefined {
    if (message.dedupId === '') return undefined;
    const key = keyOf(message);
    return this.#standing.get(key) ?? this.#done.find(key, now)?.messageId;
  }

  /** Says that a message is there. */
  add(message: Deduped): void {
    if (message.dedupId === '') return;
    const key = keyOf(message);
    this.#done.forget(key);
    this.#standing.set(key, message.messageId);
  }

  /** Says that a message is gone; `done` where its dedup id is refused for the window. */
  remove(message: Deduped, done: boolean, now: Micros): void {
    if (message.dedupId === '') return;
    const key = keyOf(message);
    const { messageId } = message;
    if (this.#standing.get(key) !== messageId) return;
    this.#standing.delete(key);
    if (!done) return;
    this.#done.add(key, { messageId, time: now });
    this.#bytes += bytesOf(key);
  }

  /** Forgets at most so many whose window is over. True where there may be more. */
  sweep(limit: number, now: Micros): boolean {
    return this.#done.sweep(limit, now);
  }
}

function keyOf({ queueId, dedupId }: Omit<Deduped, 'messageId'>): string {
  return `${queueId}\0${dedupId}`;
}

function bytesOf(key: string): number {
  return overhead + textBytes(key);
}
