import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { TrackerStore } from '#src/storage/ports/tracker.js';
import { type Harness, withBackend } from '../harness.js';
import { raiseFence } from '../ports-subject.js';
import {
  append,
  call,
  deletion,
  erase,
  eventsOf,
  fill,
  Reader,
  scrubAll,
  stored,
  wholeLog,
} from '../tools.js';
import * as validate from '../validators.js';
import { know, news } from './known.js';

const whole = { start: 0, end: undefined, order: 'oldest_first', maxEvents: 100, maxBytes: 1 << 20 } as const;

/** Long enough that what a test does between two appends takes no part of it. */
const retentionMs = 1_500;

/** Declares what becomes of conversations that nothing is appended to for a store's retention. */
export function forgotten(harness: Harness): void {
  if (harness.skip) return;
  const options = { partitions: 3, retention: retentionMs * 1_000 };
  const name = `${harness.name}, a retention`;
  if (!harness.expires) {
    test(`${name}: is refused`, async () => {
      await expect(harness.open(options)).rejects.toThrow('tracker.retention');
    });
    return;
  }

  const it = (behaviour: string, body: (store: TrackerStore) => Promise<void>) =>
    test(`forgotten: ${behaviour}`, () =>
      withBackend(harness, ({ backend }) => body(backend.tracker!), options));

  describe(name, () => {
    it('shows nothing of it in reads, lists and the log, before and after it is removed', async (store) => {
      await fill(store, 'old', 3);
      await fill(store, 'alive', 1);
      await expired(() => stored(store, call('alive', `a-${Math.random()}`)));
      const expectForgotten = async () => {
        for (const seen of [await eventsOf(store, 'old'), await wholeLog(store)]) {
          validate.forgotten([{ conversationId: 'old', lastSequence: 3 }], seen);
        }
        expect(await store.conversation('old')).toBeUndefined();
        const listed = await store.listConversations('', '', 10);
        expect(listed.map(({ conversationId }) => conversationId)).toEqual(['alive']);
        expect(await wholeLog(store)).toEqual(await eventsOf(store, 'alive'));
      };
      await expectForgotten();
      await scrubAll(store);
      await expectForgotten();
    });

    it('lists past any number of them', async (store) => {
      await store.append(
        Array.from({ length: 60 }, (_, i) => ({
          ...call(`c-${i}`, 'a'),
          digest: '',
          events: [{ type: 'user', name: '', eventTime: undefined, data: '{}', metadata: '' }],
        })),
      );
      await expired(async () => {});
      await stored(store, call('c-7', 'again'));
      await stored(store, call('d', 'first'));
      const ids = async (after: string, limit: number) =>
        (await store.listConversations('', after, limit)).map(({ conversationId }) => conversationId);
      expect(await ids('', 1)).toEqual(['c-7']);
      expect(await ids('c-7', 5)).toEqual(['d']);
      expect(await ids('', 5)).toEqual(['c-7', 'd']);
    });

    it('tells of it by one erasure, whoever comes first, and keeps every place', async (store) => {
      const { partition } = await stored(store, call('old', 'a'));
      await fill(store, 'old', 2);
      const before = (await new Reader(store, partition).finish()).entries;
      await expired(async () => {});
      await Promise.all([store.scrub(100, 0), store.scrub(100, 0), append(store, call('old', 'next'))]);
      await scrubAll(store);
      const { entries } = await new Reader(store, partition).finish();
      const erased = entries.filter((entry) => entry.kind === 'erasure');
      expect(erased).toMatchObject([
        { conversationId: 'old', deleted: true, ranges: [{ first: 1, last: 3 }], position: 4 },
      ]);
      const places = (all: typeof entries) =>
        all.map(({ first, position, check }) => ({ first, position, check }));
      expect(places(entries).slice(0, 3)).toEqual(places(before));
      for (const place of places(before)) {
        const page = await store.readLog(partition, place.position, { maxEvents: 10, maxBytes: 1 << 20 });
        expect(page).toMatchObject({ check: place.check, forgotten: 0 });
        expect(page.entries[0]!.first).toBe(place.position + 1);
      }
    });

    it('begins a new life behind it, in which only sequence and fence go on', async (store) => {
      await stored(store, call('old', 'a', { fence: 5 }));
      await stored(store, call('old', 'b'));
      await expired(async () => {});
      expect(await append(store, call('old', 'x', { expectation: 'has_events' }))).toEqual({
        status: 'conflict',
        lastSequence: 2,
        exists: false,
      });
      expect(await append(store, call('old', 'x', { fence: 4 }))).toEqual({
        status: 'fence_stale',
        highestFence: 5,
      });
      expect(await erase(store, 'old', deletion)).toEqual({ status: 'missing' });
      const next = await stored(store, call('old', 'a', { expectation: 'no_events' }));
      expect(next.firstSequence).toBe(3);
      expect(await store.conversation('old')).toMatchObject({ firstSequence: 3, highestFence: 5 });
      expect((await eventsOf(store, 'old')).map(({ sequence }) => sequence)).toEqual([3]);
    });

    it('leaves nothing to go on from to who had read it', async (store) => {
      const ids = ['old', 'scrubbed', 'erased', 'fenced'];
      for (const id of ids) await fill(store, id, 2);
      const before = await Promise.all(ids.map((id) => know(store, id)));
      await expired(async () => {});
      await raiseFence(store, 'fenced', 1);
      expect(await store.read('old', { ...whole, known: before[0] })).toMatchObject({ continued: false });
      await erase(store, 'erased', deletion);
      await stored(store, call('old', 'next'));
      await scrubAll(store);
      for (const id of ids.slice(1)) await stored(store, call(id, 'next'));
      for (const [i, id] of ids.entries()) expect(await news(store, id, before[i]!)).toEqual(['all', 3]);
    });

    it('leaves nothing to go on from once it is forgotten, though its sequences begin anew', async (store) => {
      await fill(store, 'old', 2);
      await fill(store, 'alive', 1);
      const before = await know(store, 'old');
      await expired(() => stored(store, call('alive', `a-${Math.random()}`)));
      while (await store.scrub(100, (Date.now() + 60_000) * 1_000));
      await fill(store, 'old', 3);
      const shown = (await eventsOf(store, 'old')).map(({ sequence }) => sequence);
      expect(await news(store, 'old', before)).toEqual(['all', ...shown]);
    });

    it('counts from the last append', async (store) => {
      await stored(store, call('c', 'first'));
      await expired(() => stored(store, call('c', `more-${Math.random()}`)));
      expect((await eventsOf(store, 'c')).length).toBeGreaterThan(2);
    });
  });
}

/** Lets a retention pass, and does something every now and then meanwhile. */
async function expired(meanwhile: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + retentionMs + 50;
  while (Date.now() < end) {
    await meanwhile();
    await sleep(retentionMs / 8);
  }
  await meanwhile();
}
