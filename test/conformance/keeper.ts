import type { SeenEvent } from './observations.js';
import type { Kept, News } from './subject.js';

/** A reader that keeps what it was shown of a conversation, and asks only for what is new. */
export class Keeper {
  readonly kept: Kept;
  #events: readonly SeenEvent[] = [];
  #revision = '';

  constructor(kept: Kept) {
    this.kept = kept;
  }

  /** What it has, in order. */
  get events(): readonly SeenEvent[] {
    return this.#events;
  }

  /** Reads what is new; answers whether that went on from what it had. */
  async read(readOn: (kept: Kept, revision: string) => Promise<News>): Promise<boolean> {
    const { start, events, revision, continued } = await readOn(this.kept, this.#revision);
    const before = continued ? this.#events.filter(({ sequence }) => sequence >= start) : [];
    this.#events = [...before, ...events];
    this.#revision = revision;
    return continued;
  }
}
