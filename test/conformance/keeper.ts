import { setTimeout as sleep } from 'node:timers/promises';
import { readOn } from './grpc-subject.js';
import type { SeenEvent } from './observations.js';
import { insist } from './queue/insist.js';
import type { Kept, News } from './subject.js';
import type { Site } from './writer.js';

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

/** Lets a reader of a conversation ask for what is new, again and again, until told to stop. */
export async function keepUp(site: Site, conversationId: string, stopped: () => boolean): Promise<Keeper> {
  const keeper = new Keeper({ conversationId, boundary: 'action_session_start' });
  while (!stopped()) {
    await insist(site, ({ tracker }) => keeper.read((kept, revision) => readOn(tracker, kept, revision)));
    await sleep(5);
  }
  return keeper;
}
