import { expect } from '@jest/globals';
import type { Boundary, Known, ReadRange, TrackerStore } from '#src/storage/ports/tracker.js';
import { type Declare, nowAndReopened } from '../harness.js';
import { raiseFence } from '../ports-subject.js';
import {
  call,
  deletion,
  erase,
  fill,
  Reader,
  scrubAll,
  sessionStart,
  sessionStarted,
  stored,
  text,
} from '../tools.js';

const page = { end: undefined, order: 'oldest_first', maxEvents: 100, maxBytes: 1 << 20 } as const;

/** What a whole read of a conversation leaves its reader with. */
export async function know(store: TrackerStore, conversationId: string): Promise<Known> {
  const { conversation, moment } = await store.read(conversationId, { ...page, start: 0 });
  return { ...moment!, sequence: conversation!.lastSequence };
}

/** The sequences that a reader is shown which knows something; 'all' before them where it has to begin anew. */
export async function news(
  store: TrackerStore,
  conversationId: string,
  known: Known,
  range: Partial<ReadRange> = {},
): Promise<readonly (number | 'all')[]> {
  const found = await store.read(conversationId, { ...page, start: 0, ...range, known });
  const sequences = found.events.map(({ sequence }) => sequence);
  return found.continued ? sequences : ['all', ...sequences];
}

export function known(it: Declare): void {
  it('reads only what is new, in either order, page by page', async (given) => {
    const { store } = given;
    await fill(store, 'c', 3);
    const before = await know(store, 'c');
    expect(await news(store, 'c', before)).toEqual([]);
    await stored(store, call('c', 'more', { events: ['4', '5', '6'].map((words) => text(words)) }));
    await fill(store, 'other', 2);
    for await (const of of nowAndReopened(given)) {
      expect(await news(of, 'c', before)).toEqual([4, 5, 6]);
      expect(await news(of, 'c', before, { order: 'newest_first' })).toEqual([6, 5, 4]);
      expect(await news(of, 'c', { ...before, sequence: 0 })).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await news(of, 'c', before, { start: 6 })).toEqual([6]);
      expect(await news(of, 'c', before, { end: 4 })).toEqual([4]);
      const { next, start } = await of.read('c', {
        ...page,
        start: 0,
        order: 'newest_first',
        maxEvents: 2,
        known: before,
      });
      expect([start, next]).toEqual([1, 4]);
      expect(await news(of, 'c', await know(of, 'c'))).toEqual([]);
    }
  });

  it('tells where the session begins, whether or not it is known', async ({ store }) => {
    const session = (boundary: Boundary, known: Known) =>
      store.read('c', { ...page, start: { session: boundary }, known });
    const sequences = async (reading: ReturnType<typeof session>) => {
      const { continued, start, events } = await reading;
      return [continued, start, ...events.map(({ sequence }) => sequence)];
    };
    await stored(store, call('c', 'a', { events: [text('1'), sessionStart, text('3')] }));
    const before = await know(store, 'c');
    await fill(store, 'c', 1);
    expect(await sequences(session('action_session_start', before))).toEqual([true, 2, 4]);
    await stored(store, call('c', 'b', { events: [text('5'), sessionStarted, text('7')] }));
    expect(await sequences(session('session_started', before))).toEqual([true, 6, 6, 7]);
    expect(await sequences(session('action_session_start', before))).toEqual([true, 2, 4, 5, 6, 7]);
  });

  const erasures: readonly [string, (store: TrackerStore) => Promise<unknown>, readonly number[]][] = [
    ['redaction', (store) => erase(store, 'c', { kind: 'redact', sequences: [2] }), [1, 3, 4]],
    ['redaction of the last', (store) => erase(store, 'c', { kind: 'redact', sequences: [3] }), [1, 2, 4]],
    ['truncation', (store) => erase(store, 'c', { kind: 'truncate', firstKept: 3 }), [3, 4]],
    ['truncation of all', (store) => erase(store, 'c', { kind: 'truncate', firstKept: 4 }), [4]],
    ['deletion', (store) => erase(store, 'c', deletion), [4]],
  ];
  for (const [what, doErase, left] of erasures) {
    it(`shows all there is after a ${what}, and goes on from there`, async (given) => {
      const { store } = given;
      await fill(store, 'c', 3);
      const before = await know(store, 'c');
      await doErase(store);
      expect(await news(store, 'c', before)).toEqual(['all', ...left.filter((sequence) => sequence < 4)]);
      await stored(store, call('c', 'next'));
      for await (const of of nowAndReopened(given)) {
        expect(await news(of, 'c', before)).toEqual(['all', ...left]);
        const after = await know(of, 'c');
        await scrubAll(of);
        expect(await news(of, 'c', before)).toEqual(['all', ...left]);
        expect(await news(of, 'c', after)).toEqual([]);
      }
    });
  }

  it('goes on where nothing of it was erased, whatever else was', async ({ store }) => {
    await fill(store, 'c', 3);
    await erase(store, 'c', { kind: 'redact', sequences: [3] });
    const before = await know(store, 'c');
    await erase(store, 'c', { kind: 'redact', sequences: [3] }, 'again');
    await erase(store, 'c', { kind: 'truncate', firstKept: 1 });
    await erase(store, 'c', { kind: 'redact', sequences: [9] });
    await fill(store, 'other', 2);
    await erase(store, 'other', deletion);
    await raiseFence(store, 'c', 7);
    await stored(store, call('c', 'next', { fence: 7 }));
    await scrubAll(store);
    expect(await news(store, 'c', before)).toEqual([4]);
  });

  it('shows all there is to who read another history', async ({ store }) => {
    const { partition } = await stored(store, call('c', 'a', { events: [text('1'), text('2')] }));
    await fill(store, 'c', 2);
    const before = await know(store, 'c');
    const { place } = before;
    expect(place).toEqual((await new Reader(store, partition).finish()).place);
    const others: readonly Partial<Known>[] = [
      { epoch: 'another' },
      { place: { ...place, check: '0'.repeat(place.check.length) } },
      { place: { ...place, position: place.position - 1 } },
      { place: { ...place, position: place.position + 1 } },
      { place: { ...place, position: 1 } },
    ];
    for (const other of others) {
      expect(await news(store, 'c', { ...before, ...other })).toEqual(['all', 1, 2, 3, 4]);
    }
    expect(await news(store, 'c', before)).toEqual([]);
  });

  it('shows all there is to who read before what is trimmed away', async ({ store }) => {
    const { partition } = await stored(store, call('c', 'a'));
    const first = await know(store, 'c');
    await fill(store, 'c', 1);
    const second = await know(store, 'c');
    await fill(store, 'other', 1);
    await stored(store, call('c', 'b'));
    await store.trim(partition, second.place.position);
    await scrubAll(store);
    expect(await news(store, 'c', first)).toEqual(['all', 1, 2, 3]);
    expect(await news(store, 'c', second)).toEqual([3]);
  });

  it('has nothing to know of a conversation without events', async ({ store }) => {
    await fill(store, 'c', 1);
    const before = await know(store, 'c');
    await erase(store, 'c', deletion);
    const found = await store.read('c', { ...page, start: 0, known: before });
    expect(found).toMatchObject({ conversation: undefined, moment: undefined, continued: false });
  });
}
