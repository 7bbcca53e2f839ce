import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Feed } from '#src/feed/feed.js';
import type { FeedItem } from '#src/feed/item.js';
import type { Start } from '#src/feed/start.js';
import type { TrackerStore } from '#src/storage/ports/tracker.js';
import type { Connection } from '#src/storage/redis/connection.js';
import { newAppend, raiseFence } from '../conformance/ports-subject.js';
import {
  call,
  deletion,
  erase,
  eventsOf,
  fill,
  Reader,
  scrubAll,
  stored,
  text,
} from '../conformance/tools.js';
import * as validate from '../conformance/validators.js';
import { isInstalled, type Running, serverNamed, startThrowaway } from '../servers/servers.js';
import { Saboteur } from './redis-saboteur.js';
import { connectionTo, keysOf, stopShared, trackerOn } from './redis-tools.js';

const server = serverNamed('redis');
const second = 1_000_000;
const day = 24 * 3_600 * second;

let running: Running;
let connection: Connection;
let clock: Saboteur;
beforeEach(async () => {
  running = await startThrowaway(server);
  connection = await connectionTo(running.url);
  clock = new Saboteur(connection);
});
afterEach(async () => running[Symbol.asyncDispose]());
afterAll(stopShared);

/** Does what is done so many days ago, by the server's clock. */
async function daysAgo(days: number, work: () => Promise<unknown>): Promise<void> {
  clock.setBack = days * 24 * 3_600;
  await work();
  clock.setBack = 0;
}

const everything = {
  conversationIds: new Set(),
  conversationIdPrefix: '',
  types: new Set(),
  names: new Set(),
};

/** What a subscriber is shown up to the log's end. */
async function follow(store: TrackerStore, start: Start): Promise<readonly FeedItem[]> {
  const feed = new Feed(store, { ringBytes: 1 << 20, pollIntervalMs: 60_000 });
  const limit = { maxEvents: 100, maxBytes: 1 << 20 };
  const filter = everything as Parameters<Feed['follow']>[0]['filter'];
  const items: FeedItem[] = [];
  for await (const item of feed.follow(
    { filter, start, limit, heartbeatMs: 60_000 },
    new AbortController().signal,
  )) {
    items.push(item);
    if (item.kind === 'caught_up' || item.kind === 'discontinuity') break;
  }
  return items;
}

const shown = (items: readonly FeedItem[]) =>
  items.flatMap((item) =>
    item.kind === 'events' ? item.events.map((one) => `${one.conversationId}/${one.sequence}`) : [],
  );
const erasedIn = (items: readonly FeedItem[]) =>
  items.flatMap((item) => (item.kind === 'erased' ? [item.erasure.conversationId] : []));
const cursorOf = (item: FeedItem | undefined) => (item as { readonly cursor: string }).cursor;

async function usedMemory(): Promise<number> {
  const { client } = connection;
  await client.call('memory', ['purge']);
  // Without the buffers of connections and of the append-only file, which go by and by.
  const stats = String(await client.call('info', ['memory']));
  const read = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(stats)![1]);
  return read('used_memory_dataset');
}

/** Runs the upkeep to its end, and answers the most commands that a step took. */
async function upkeep(store: TrackerStore, limit: number, before: number): Promise<number> {
  const { client } = connection;
  let most = 0;
  for (let more = true; more; ) {
    await client.call('config', ['resetstat']);
    more = await store.scrub(limit, before);
    const stats = String(await client.call('info', ['commandstats']));
    const calls = [...stats.matchAll(/calls=(\d+)/g)].map(([, count]) => Number(count));
    most = Math.max(
      most,
      calls.reduce((sum, count) => sum + count, 0),
    );
  }
  return most;
}

const kibibyte = { ...text(''), data: JSON.stringify({ text: 'x'.repeat(1_024 - 11) }) };
const conversations = Number(process.env.TRACKSIDE_TEST_CONVERSATIONS ?? 1_000);

(isInstalled(server.program) ? describe : describe.skip)('retention on redis', () => {
  test('gives memory back in bounded steps, though a conversation stays alive before what expired', async () => {
    const store = await trackerOn(clock, 'trackside', { retention: 16 * day });
    let [begin, inside]: FeedItem[] = [];
    let [empty, full]: number[] = [];
    await daysAgo(20, async () => {
      await fill(store, 'alive', 3);
      empty = await usedMemory();
      for (let i = 0; i < conversations; i += 100) {
        const some = Array.from({ length: 100 }, (_, j) => `old-${i + j}`);
        for (const turn of ['1', '2']) {
          await store.append(some.map((id) => newAppend(call(id, turn, { events: [kibibyte, kibibyte] }))));
        }
      }
      full = await usedMemory();
      const items = await follow(await trackerOn(clock, 'trackside'), { kind: 'beginning' });
      [begin, inside] = [items[1], items[Math.floor(items.length / 2)]];
    });
    await daysAgo(5, () => stored(store, call('alive', 'touched')));
    const end = (await follow(store, { kind: 'end' }))[0];
    expect(shown(await follow(store, { kind: 'beginning' }))).toEqual([1, 2, 3, 4].map((n) => `alive/${n}`));

    const steps = [await upkeep(store, 500, 0)];
    const erased = await usedMemory();
    const { entries } = await new Reader(store, 0).finish();
    expect(entries.filter(({ kind }) => kind === 'erasure')).toHaveLength(conversations);
    validate.forgotten(
      Array.from({ length: conversations }, (_, i) => ({ conversationId: `old-${i}`, lastSequence: 4 })),
      (await new Reader(store, 0).finish()).events,
    );
    for (const [cursor, events] of [
      [begin, 1],
      [inside, 1],
      [end, 0],
    ] as const) {
      const items = await follow(store, { kind: 'cursor', cursor: cursorOf(cursor) });
      expect(erasedIn(items)).toHaveLength(conversations);
      expect(shown(items).slice(-1)).toEqual(events === 0 ? [] : ['alive/4']);
    }

    steps.push(await upkeep(store, 500, Date.now() * 1_000 + day));
    const forgotten = await usedMemory();
    steps.push(
      await upkeep(await trackerOn(clock, 'trackside', { retention: 16 * day, erasureRetention: 0 }), 500, 0),
    );
    const merged = await usedMemory();
    const share = (used: number) => (used - empty!) / (full! - empty!);
    expect(share(erased)).toBeLessThan(0.35);
    expect(share(forgotten)).toBeLessThan(0.3);
    expect(share(merged)).toBeLessThan(0.03);
    // A step is a script of either kind, each with at most 125 things to do.
    for (const most of steps) expect(most).toBeLessThan(2 * 125 * 12);
    expect(await eventsOf(store, 'alive')).toHaveLength(4);
    expect((await new Reader(store, 0).finish()).place.position).toBe(conversations * 5 + 4);
    if (process.env.TRACKSIDE_TEST_CONVERSATIONS) {
      process.stderr.write(`${JSON.stringify({ empty, full, erased, forgotten, merged, steps })}\n`);
    }
  }, 240_000);

  test('remembers last sequence and fence of what expired for a day, and then nothing', async () => {
    const store = await trackerOn(clock, 'trackside', { retention: 10 * day, erasureRetention: 0 });
    await daysAgo(20, () => stored(store, call('old', 'a', { fence: 5 })));
    const dayBefore = Date.now() * 1_000 - day;
    await upkeep(store, 100, dayBefore);
    await raiseFence(store, 'old', 6);
    await upkeep(store, 100, dayBefore);
    expect(await raiseFence(store, 'old', 5)).toEqual({ status: 'fence_stale', highestFence: 6 });
    await upkeep(store, 100, dayBefore + 2 * day);
    expect(await keysOf(running.url, 'trackside')).toEqual(['0:meta', '0:runs', 'store']);
    expect((await stored(store, call('old', 'a'))).firstSequence).toBe(1);
  });

  test('tells readers from before a forgotten erasure that they missed it, and no others', async () => {
    const store = await trackerOn(clock, 'trackside', { erasureRetention: 10 * day });
    let items: readonly FeedItem[] = [];
    await daysAgo(20, async () => {
      await fill(store, 'alive', 2);
      await fill(store, 'gone', 2);
      items = await follow(store, { kind: 'beginning' });
      await erase(store, 'gone', deletion);
    });
    const behind = (await follow(store, { kind: 'end' }))[0];
    await fill(store, 'later', 1);
    const again = async (item: FeedItem | undefined) =>
      follow(store, { kind: 'cursor', cursor: cursorOf(item) });
    expect(erasedIn(await again(items.at(-1)))).toEqual(['gone']);
    await scrubAll(store);
    const told = await again(items.at(-1));
    expect(told.map(({ kind }) => kind)).toEqual(['confirmation', 'discontinuity']);
    expect(told[1]).toMatchObject({ reason: 'trimmed' });
    const { oldestCursor } = told[1] as { oldestCursor: string };
    const all = ['alive/1', 'alive/2', 'later/1'];
    expect(shown(await follow(store, { kind: 'cursor', cursor: oldestCursor }))).toEqual(all);
    expect(shown(await follow(store, { kind: 'beginning' }))).toEqual(all);
    expect(shown(await again(behind))).toEqual(['later/1']);
  });

  test('finds times among what is erased', async () => {
    const store = await trackerOn(clock, 'trackside', { erasureRetention: 0 });
    for (let i = 1; i <= 12; i++) {
      await daysAgo(20 - i, () =>
        stored(
          store,
          call(i % 3 ? `gone-${i}` : 'alive', `a-${i}`, { events: Array(1 + (i % 4)).fill(text('x')) }),
        ),
      );
    }
    const { entries } = await new Reader(store, 0).finish();
    const placesOf = () =>
      Promise.all(
        entries.map(async (_, i) =>
          store.findPlace(0, Date.now() * 1_000 - Math.floor((20 - i - 1.5) * day)),
        ),
      );
    const before = await placesOf();
    for (let i = 1; i <= 12; i++) if (i % 3) await erase(store, `gone-${i}`, deletion, `r-${i}`);
    await scrubAll(store);
    expect(await placesOf()).toEqual(before);
    expect(before.map(({ position }) => position)).toEqual(entries.map(({ position }) => position));
  });
});
