import type {
  AppendOutcome,
  EraseOutcome,
  FenceOutcome,
  LogEntry,
  NewErasure,
  Place,
  RecordedEvent,
  TrackerStore,
} from '#src/storage/ports/tracker.js';
import type { SeenEvent } from './observations.js';
import type {
  AppendAnswer,
  AppendCall,
  EraseAnswer,
  EraseCall,
  Followed,
  Kept,
  News,
  ReadCall,
  Shown,
  Subject,
  Wanted,
} from './subject.js';

/** Puts a store under the same words as a process. */
export function portsSubject(first: TrackerStore, reopen: () => Promise<TrackerStore>): Subject {
  let store = first;
  return {
    append: async (calls) => (await store.append(calls.map(newAppend))).map(appendAnswer),
    raiseFence: async (conversationId, fence) => {
      const outcome = await raiseFence(store, conversationId, fence);
      return outcome.status === 'accepted' ? undefined : outcome.highestFence;
    },
    erase: async (call) => eraseAnswer(await store.erase(newErasure(call))),
    read: (call) => readPages(store, call),
    session: async (conversationId, boundary) => {
      const range = { start: { session: boundary }, end: undefined, order: 'oldest_first' } as const;
      const page = await store.read(conversationId, { ...range, maxEvents: 1_000, maxBytes: 1 << 20 });
      return { start: page.start, events: page.events.map(seenEvent) };
    },
    readOn: (kept, revision) => readOn(store, kept, revision),
    lives: (prefix, pageSize) => listPages(store, prefix, pageSize),
    life: async (conversationId) => {
      const found = await store.conversation(conversationId);
      return found && lifeOf(found);
    },
    follow: (wanted, cursor, maxItems) => follow(store, wanted, cursor, maxItems),
    scrub: async (limit) => {
      await store.scrub(limit, 0);
    },
    reopen: async () => {
      store = await reopen();
    },
  };
}

/** Has a read bring a fence. */
export async function raiseFence(
  store: TrackerStore,
  conversationId: string,
  fence: number,
): Promise<FenceOutcome> {
  const range = { start: 1, end: 1, order: 'oldest_first', maxEvents: 1, maxBytes: 1 } as const;
  const outcome = await store.readFenced(conversationId, fence, range);
  return outcome.status === 'accepted' ? { status: 'accepted' } : outcome;
}

/** The append of a call, with a digest of its own making. */
export function newAppend(call: AppendCall) {
  const events = call.events.map((event) => ({ ...event, eventTime: undefined }));
  return { ...call, events, digest: JSON.stringify(call.events) };
}

export function newErasure({ conversationId, requestId, what }: EraseCall): NewErasure {
  return { conversationId, requestId, digest: JSON.stringify(what), ...what };
}

export function seenEvent(event: RecordedEvent): SeenEvent {
  const { eventTime: _, storeTime: __, ...seen } = event;
  return seen;
}

function appendAnswer(outcome: AppendOutcome): AppendAnswer {
  if (outcome.status === 'fence_stale') return outcome;
  if (outcome.status === 'conflict') return { status: 'conflict', actual: outcome.lastSequence };
  const { storeTime: _, durability: __, ...placed } = outcome.result;
  return { status: outcome.status, placed };
}

function eraseAnswer(outcome: EraseOutcome): EraseAnswer {
  if (outcome.status !== 'erased' && outcome.status !== 'repeated') return { status: outcome.status };
  const { position, ranges } = outcome.result;
  return { status: 'done', position, ranges };
}

async function readPages(store: TrackerStore, call: ReadCall): Promise<readonly SeenEvent[]> {
  const events: SeenEvent[] = [];
  let { first: start, last: end } = call;
  for (;;) {
    const order = call.newestFirst ? 'newest_first' : 'oldest_first';
    const page = await store.read(call.conversationId, {
      start,
      end,
      order,
      maxEvents: call.pageSize,
      maxBytes: 1 << 20,
    });
    if (page.events.length > call.pageSize) throw new Error(`a page has ${page.events.length} events`);
    events.push(...page.events.map(seenEvent));
    if (page.next === undefined) return events;
    if (call.newestFirst) end = page.next;
    else start = page.next;
  }
}

async function readOn(
  store: TrackerStore,
  { conversationId, boundary }: Kept,
  revision: string,
): Promise<News> {
  const page = await store.read(conversationId, {
    start: boundary === undefined ? 0 : { session: boundary },
    end: undefined,
    order: 'newest_first',
    maxEvents: 1_000,
    maxBytes: 1 << 20,
    known: revision === '' ? undefined : JSON.parse(revision),
  });
  const { conversation, moment, start, continued } = page;
  const known = conversation && { ...moment, sequence: conversation.lastSequence };
  const events = page.events.toReversed().map(seenEvent);
  return { start, events, revision: known ? JSON.stringify(known) : '', continued };
}

async function listPages(store: TrackerStore, prefix: string, pageSize: number) {
  const lives = [];
  for (let after = ''; ; after = lives.at(-1)!.conversationId) {
    const page = await store.listConversations(prefix, after, pageSize);
    lives.push(...page.map(lifeOf));
    if (page.length < pageSize) return lives;
  }
}

function lifeOf(found: NonNullable<Awaited<ReturnType<TrackerStore['conversation']>>>) {
  const { conversationId, firstSequence, lastSequence, highestFence } = found;
  return { conversationId, firstSequence, lastSequence, highestFence };
}

async function follow(
  store: TrackerStore,
  wanted: Wanted,
  cursor: string | undefined,
  maxItems: number,
): Promise<Followed> {
  const places: Place[] = cursor
    ? JSON.parse(cursor)
    : Array.from({ length: store.partitions }, () => ({ position: 0, check: '' }));
  const shown: { item: Shown; cursor: string }[] = [];
  for (const partition of places.keys()) {
    for (;;) {
      const page = await store.readLog(partition, places[partition]!.position, {
        maxEvents: 4,
        maxBytes: 1 << 20,
      });
      if (page.check !== places[partition]!.check)
        throw new Error('One history: the check is not what it was');
      if (page.entries.length === 0) break;
      for (const entry of page.entries) {
        if (entry.first !== places[partition]!.position + 1)
          throw new Error(`Reliable: a hole before ${entry.first}`);
        const item = show(entry, wanted);
        places[partition] = { position: entry.position, check: entry.check };
        if (item) shown.push({ item, cursor: JSON.stringify(places) });
        if (shown.length >= maxItems) return { shown, caughtUp: false, cursor: JSON.stringify(places) };
      }
    }
  }
  return { shown, caughtUp: true, cursor: JSON.stringify(places) };
}

function show(entry: LogEntry, wanted: Wanted): Shown | undefined {
  const { conversationId } = entry;
  if (!conversationId.startsWith(wanted.prefix)) return undefined;
  if (entry.kind === 'erasure') return { kind: 'erased', conversationId, ranges: entry.ranges };
  const events = entry.events.filter(({ type }) => wanted.types.length === 0 || wanted.types.includes(type));
  return events.length > 0 ? { kind: 'events', events: events.map(seenEvent) } : undefined;
}
