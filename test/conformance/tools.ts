import type {
  AppendOutcome,
  AppendResult,
  EraseOutcome,
  LogEntry,
  LogPage,
  Place,
  TrackerStore,
} from '#src/storage/ports/tracker.js';
import type { SeenEvent, SentEvent } from './observations.js';
import { newAppend, newErasure, seenEvent } from './ports-subject.js';
import type { AppendCall, EraseCall } from './subject.js';

/** Short ways to say what the promises' tests do. */

export const origin: Place = { position: 0, check: '' };

export function text(words: string, type = 'user', name = ''): SentEvent {
  return { type, name, data: JSON.stringify({ text: words }), metadata: '' };
}

export const sessionStart: SentEvent = text('', 'action', 'action_session_start');
export const sessionStarted: SentEvent = text('', 'session_started');

/** An append of one event that expects nothing, but for what is given. */
export function call(conversationId: string, appendId: string, more: Partial<AppendCall> = {}): AppendCall {
  return {
    conversationId,
    appendId,
    events: [text(appendId)],
    expectation: 'any',
    fence: undefined,
    ...more,
  };
}

export async function append(store: TrackerStore, one: AppendCall): Promise<AppendOutcome> {
  const [outcome] = await store.append([newAppend(one)]);
  return outcome!;
}

/** Appends what must be stored, and answers where. */
export async function stored(store: TrackerStore, one: AppendCall): Promise<AppendResult> {
  const outcome = await append(store, one);
  if (outcome.status !== 'stored') throw new Error(`${one.appendId} was not stored: ${outcome.status}`);
  return outcome.result;
}

/** Appends so many events of a conversation, one by one. */
export async function fill(store: TrackerStore, conversationId: string, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await stored(store, call(conversationId, `fill-${i}`));
}

export function erase(
  store: TrackerStore,
  conversationId: string,
  what: EraseCall['what'],
  requestId = JSON.stringify(what),
): Promise<EraseOutcome> {
  return store.erase(newErasure({ conversationId, requestId, what }));
}

export const deletion: EraseCall['what'] = { kind: 'delete', expectedSequence: undefined };

/** All visible events of a conversation. */
export async function eventsOf(store: TrackerStore, conversationId: string): Promise<readonly SeenEvent[]> {
  const range = { start: 0, end: undefined, order: 'oldest_first' } as const;
  const page = await store.read(conversationId, { ...range, maxEvents: 100_000, maxBytes: 1 << 30 });
  return page.events.map(seenEvent);
}

/** Removes the content of all that is erased. */
export async function scrubAll(store: TrackerStore): Promise<void> {
  while (await store.scrub(100, 0));
}

/** A reader that goes along a partition and trusts nothing: entries must be dense, checks as they were. */
export class Reader {
  readonly entries: LogEntry[] = [];
  place: Place;
  readonly #store: TrackerStore;
  readonly #partition: number;

  constructor(store: TrackerStore, partition: number, place: Place = origin) {
    this.#store = store;
    this.#partition = partition;
    this.place = place;
  }

  /** Reads one page. */
  async advance(maxEvents = 1_000): Promise<LogPage> {
    const page = await this.#store.readLog(this.#partition, this.place.position, {
      maxEvents,
      maxBytes: 1 << 20,
    });
    if (page.check !== this.place.check)
      throw new Error(`One history: another check at ${this.place.position}`);
    for (const entry of page.entries) {
      if (entry.first !== this.place.position + 1) {
        throw new Error(`Reliable: ${entry.first} follows ${this.place.position}`);
      }
      this.entries.push(entry);
      this.place = { position: entry.position, check: entry.check };
    }
    return page;
  }

  /** Reads to the end. */
  async finish(): Promise<this> {
    while ((await this.advance()).entries.length > 0);
    return this;
  }

  get events(): readonly SeenEvent[] {
    return this.entries.flatMap((entry) => (entry.kind === 'append' ? entry.events.map(seenEvent) : []));
  }
}

/** All that the log shows, partition by partition. */
export async function wholeLog(store: TrackerStore): Promise<readonly SeenEvent[]> {
  const events: SeenEvent[] = [];
  for (let partition = 0; partition < store.partitions; partition++) {
    events.push(...(await new Reader(store, partition).finish()).events);
  }
  return events;
}
