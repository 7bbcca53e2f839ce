import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { open } from '../storage/memory/index.js';
import type { NewErasure } from '../storage/ports/tracker.js';
import { Feed } from './feed.js';
import type { EventFilter } from './filter.js';
import type { Subscription } from './follow.js';
import type { FeedItem } from './item.js';
import type { Start } from './start.js';

const everything: EventFilter = {
  conversationIds: new Set(),
  conversationIdPrefix: '',
  types: new Set(),
  names: new Set(),
};

async function newFeed({ partitions = 1, ringBytes = 1 << 20, retentionMs = 0 } = {}) {
  const retention = retentionMs ? { retention: retentionMs * 1_000 } : {};
  const store = (await open('', { partitions, ...retention })).tracker!;
  const options = { ringBytes, pollIntervalMs: 60_000, retentionMs: retentionMs || undefined };
  return { store, feed: new Feed(store, options) };
}

type Given = Awaited<ReturnType<typeof newFeed>>;

/** Appends events of these types, whose data tells conversation and number, and says so to the feed. */
async function append({ store, feed }: Given, conversationId: string, ...types: string[]): Promise<void> {
  const events = types.map((type) => ({ type, name: '', eventTime: 0, data: '{}', metadata: '' }));
  const appendId = crypto.randomUUID();
  const append = {
    conversationId,
    appendId,
    digest: '',
    expectation: 'any',
    fence: undefined,
    events,
  } as const;
  const [outcome] = await store.append([append]);
  if (outcome?.status !== 'stored') throw new Error(`not stored: ${outcome?.status}`);
  feed.wake(outcome.result.partition);
}

async function erase({ store, feed }: Given, erasure: Partial<NewErasure>): Promise<void> {
  const outcome = await store.erase({ requestId: crypto.randomUUID(), digest: '', ...erasure } as NewErasure);
  if (outcome.status !== 'erased') throw new Error(outcome.status);
  feed.wake(outcome.result.partition);
  await feed.reached(outcome.result.partition, outcome.result.position);
}

/** A subscriber that is asked for its items one by one. */
function subscribe(
  { feed }: Given,
  options: { filter?: Partial<EventFilter>; start?: Start; maxEvents?: number; heartbeatMs?: number } = {},
) {
  const subscription: Subscription = {
    filter: { ...everything, ...options.filter },
    start: options.start ?? { kind: 'beginning' },
    limit: { maxEvents: options.maxEvents ?? 100, maxBytes: 1 << 20 },
    heartbeatMs: options.heartbeatMs ?? 60_000,
  };
  const ended = new AbortController();
  const items = feed.follow(subscription, ended.signal);
  return {
    next: async () => told((await items.next()).value as FeedItem),
    item: async () => (await items.next()).value as FeedItem,
    end: async () => {
      ended.abort();
      await items.return();
    },
  };
}

/** An item in short: events as `conversation/sequence`. */
function told(item: FeedItem | undefined): string {
  switch (item?.kind) {
    case 'events':
      return item.events.map((event) => `${event.conversationId}/${event.sequence}`).join(' ');
    case 'erased':
      return `erased ${item.erasure.conversationId} ${item.erasure.ranges.map((r) => `${r.first}-${r.last}`)}`;
    case 'discontinuity':
      return `discontinuity ${item.reason}`;
    default:
      return item?.kind ?? 'end';
  }
}

describe('follow', () => {
  test('confirms, shows history, tells the end, and goes on live', async () => {
    const given = await newFeed();
    await append(given, 'a', 'user', 'bot');
    const subscriber = subscribe(given);
    expect(await subscriber.next()).toBe('confirmation');
    expect(await subscriber.next()).toBe('a/1 a/2');
    expect(await subscriber.next()).toBe('caught_up');
    const live = subscriber.next();
    await append(given, 'a', 'user');
    expect(await live).toBe('a/3');
    await append(given, 'b', 'user');
    await append(given, 'a', 'bot');
    await given.feed.reached(0, 5);
    expect(await subscriber.next()).toBe('b/1 a/4');
    await subscriber.end();
  });

  test('shows nothing from memory that may have expired in the store', async () => {
    const given = await newFeed({ retentionMs: 300 });
    const live = subscribe(given);
    await live.next();
    await live.next();
    await append(given, 'old', 'user');
    expect(await live.next()).toBe('old/1');
    await sleep(310);
    const late = subscribe(given);
    expect([await late.next(), await late.next()]).toEqual(['confirmation', 'erased old 1-1']);
    await append(given, 'new', 'user');
    expect([await live.next(), await live.next()]).toEqual(['erased old 1-1', 'new/1']);
    await Promise.all([live.end(), late.end()]);
  });

  test('starts at the end, and at a time, of whatever partition', async () => {
    const given = await newFeed({ partitions: 3 });
    for (const id of ['a', 'b', 'c', 'd']) await append(given, id, 'user');
    const atEnd = subscribe(given, { start: { kind: 'end' } });
    expect([await atEnd.next(), await atEnd.next()]).toEqual(['confirmation', 'caught_up']);
    const { storeTime } = (await given.store.read('c', all)).events[0]!;
    await append(given, 'e', 'user');
    const atTime = subscribe(given, { start: { kind: 'time', time: storeTime + 1 } });
    const shown = [];
    for (let item = await atTime.next(); item !== 'caught_up'; item = await atTime.next()) shown.push(item);
    expect(shown).toContain('e/1');
    expect(shown).not.toContain('a/1');
    await atEnd.end();
    await atTime.end();
  });

  test('never parts an append, however small the batch', async () => {
    const given = await newFeed();
    await append(given, 'a', 'user');
    await append(given, 'a', 'bot', 'bot', 'bot');
    await append(given, 'a', 'user');
    const subscriber = subscribe(given, { maxEvents: 2 });
    await subscriber.next();
    expect(await subscriber.next()).toBe('a/1 a/2 a/3 a/4');
    expect(await subscriber.next()).toBe('a/5');
    await subscriber.end();
  });

  test('moves the cursor by a checkpoint where nothing matched', async () => {
    const given = await newFeed();
    const subscriber = subscribe(given, { filter: { types: new Set(['slot']) }, heartbeatMs: 30 });
    await subscriber.next();
    await subscriber.next();
    await append(given, 'a', 'user');
    const checkpoint = await subscriber.item();
    expect(checkpoint.kind).toBe('checkpoint');
    await append(given, 'a', 'slot');
    const start = { kind: 'cursor', cursor: (checkpoint as { cursor: string }).cursor } as const;
    const resumed = subscribe(given, { filter: { types: new Set(['slot']) }, start });
    await resumed.next();
    expect(await resumed.next()).toBe('a/2');
    await subscriber.end();
    await resumed.end();
  });

  test('shows the erasure, not the events, to whoever comes or looks later', async () => {
    const given = await newFeed();
    await append(given, 'a', 'user', 'bot');
    const slow = subscribe(given);
    expect(await slow.next()).toBe('confirmation');
    const live = subscribe(given, { start: { kind: 'end' } });
    expect([await live.next(), await live.next()]).toEqual(['confirmation', 'caught_up']);
    await append(given, 'a', 'slot');
    await erase(given, { conversationId: 'a', kind: 'redact', sequences: [1, 3] });
    expect([await slow.next(), await slow.next()]).toEqual(['a/2', 'erased a 1-1,3-3']);
    expect(await live.next()).toBe('erased a 1-1,3-3');
    await slow.end();
    await live.end();
  });

  test('tells a live subscriber that the ring has left it behind, skips nothing, and tells when it is back', async () => {
    const given = await newFeed({ ringBytes: 1_000 });
    const subscriber = subscribe(given, { maxEvents: 10 });
    expect([await subscriber.next(), await subscriber.next()]).toEqual(['confirmation', 'caught_up']);
    const first = subscriber.next();
    await append(given, 'a', 'user');
    expect(await first).toBe('a/1');
    for (let i = 2; i <= 31; i++) await append(given, 'a', 'user');
    await given.feed.reached(0, 31);
    expect(await subscriber.next()).toBe('fell_behind');
    const shown = [await subscriber.next(), await subscriber.next(), await subscriber.next()].join(' ');
    expect(shown).toBe(Array.from({ length: 30 }, (_, i) => `a/${i + 2}`).join(' '));
    expect(await subscriber.next()).toBe('caught_up');
    await subscriber.end();
  });

  test('ends with a discontinuity where its cursor is of another history', async () => {
    const [given, other] = [await newFeed(), await newFeed()];
    await append(given, 'a', 'user');
    await append(other, 'b', 'user');
    const subscriber = subscribe(given);
    await subscriber.next();
    const { cursor } = (await subscriber.item()) as { cursor: string };
    await subscriber.end();
    const restarted = subscribe(other, { start: { kind: 'cursor', cursor } });
    expect([await restarted.next(), await restarted.next(), await restarted.next()]).toEqual([
      'confirmation',
      'discontinuity epoch_changed',
      'end',
    ]);
    await append(given, 'a', 'user');
    await given.store.trim(0, 2);
    const late = subscribe(given, { start: { kind: 'cursor', cursor } });
    expect([await late.next(), await late.next(), await late.next()]).toEqual([
      'confirmation',
      'discontinuity trimmed',
      'end',
    ]);
  });

  test('ends with the reason when the feed closes, at whatever it waits for', async () => {
    const given = await newFeed();
    const subscriber = subscribe(given);
    await subscriber.next();
    await subscriber.next();
    const waiting = subscriber.next();
    given.feed.close();
    await expect(waiting).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
  });

  test('goes on from any cursor to what a subscriber that never stopped is shown', async () => {
    const call = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      types: fc.array(fc.constantFrom('user', 'bot'), { minLength: 1, maxLength: 3 }),
    });
    const check = async (calls: { id: string; types: string[] }[], partitions: number, type: string) => {
      const given = await newFeed({ partitions, ringBytes: 2_000 });
      for (const { id, types } of calls) await append(given, id, ...types);
      const filter = { types: new Set(type ? [type] : []) };
      const items = await history(given, filter, { kind: 'beginning' });
      for (const [i, item] of items.entries()) {
        if (item.kind === 'discontinuity') throw new Error('discontinuity');
        const rest = await history(given, filter, { kind: 'cursor', cursor: item.cursor });
        expect(eventsOf(rest)).toEqual(eventsOf(items.slice(i + 1)));
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 12 }),
        fc.constantFrom(1, 3),
        fc.constantFrom('', 'user'),
        check,
      ),
      { numRuns: 60 },
    );
  });
});

const all = { start: 0, end: undefined, order: 'oldest_first', maxEvents: 100, maxBytes: 1 << 20 } as const;

async function history(given: Given, filter: Partial<EventFilter>, start: Start): Promise<FeedItem[]> {
  const subscriber = subscribe(given, { filter, start, maxEvents: 2 });
  const items: FeedItem[] = [];
  for (let item = await subscriber.item(); item.kind !== 'caught_up'; item = await subscriber.item()) {
    items.push(item);
  }
  await subscriber.end();
  return items;
}

function eventsOf(items: readonly FeedItem[]): string[] {
  return items.filter((item) => item.kind === 'events').flatMap((item) => told(item).split(' '));
}
