import { setImmediate as turn } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { ReadRange, TrackerStore } from '#src/storage/ports/tracker.js';
import type { Declare } from '../harness.js';
import { newAppend } from '../ports-subject.js';
import { call, erase, fill, sessionStart, stored, text } from '../tools.js';

const all: ReadRange = { start: 0, end: undefined, order: 'oldest_first', maxEvents: 100, maxBytes: 1 << 20 };

/** The pages of a range, as sequences. */
async function pages(
  store: TrackerStore,
  range: Partial<ReadRange>,
): Promise<readonly (readonly number[])[]> {
  const read: number[][] = [];
  let asked: ReadRange = { ...all, ...range };
  for (;;) {
    const { events, next } = await store.read('c', asked);
    read.push(events.map((event) => event.sequence));
    if (next === undefined) return read;
    asked = asked.order === 'oldest_first' ? { ...asked, start: next } : { ...asked, end: next };
  }
}

export function paging(it: Declare): void {
  it('reads page by page in both orders, nothing lost and nothing twice', async ({ store }) => {
    await fill(store, 'c', 7);
    expect(await pages(store, { maxEvents: 3 })).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect(await pages(store, { maxEvents: 3, order: 'newest_first' })).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
    expect(await pages(store, { maxEvents: 7 })).toEqual([[1, 2, 3, 4, 5, 6, 7]]);
  });

  it('reads the range asked for, and no more', async ({ store }) => {
    await fill(store, 'c', 7);
    expect(await pages(store, { start: 3, end: 5 })).toEqual([[3, 4, 5]]);
    expect(await pages(store, { start: 3, end: 6, maxEvents: 2, order: 'newest_first' })).toEqual([
      [6, 5],
      [4, 3],
    ]);
    expect(await pages(store, { start: 5, end: 99 })).toEqual([[5, 6, 7]]);
    expect(await pages(store, { start: 8 })).toEqual([[]]);
    expect(await pages(store, { start: 5, end: 4 })).toEqual([[]]);
  });

  it('passes over what is erased', async ({ store }) => {
    await fill(store, 'c', 7);
    await erase(store, 'c', { kind: 'redact', sequences: [2, 3, 4, 7] });
    expect((await pages(store, { maxEvents: 2 })).flat()).toEqual([1, 5, 6]);
    expect((await pages(store, { maxEvents: 1, order: 'newest_first' })).flat()).toEqual([6, 5, 1]);
  });

  it('tells the lowest sequence of the range, at least the first one kept', async ({ store }) => {
    await stored(store, call('c', 'a', { events: [text('1'), text('2'), sessionStart, text('4')] }));
    const startOf = async (start: ReadRange['start']) => (await store.read('c', { ...all, start })).start;
    expect(await startOf(0)).toBe(1);
    expect(await startOf(2)).toBe(2);
    expect(await startOf({ session: 'action_session_start' })).toBe(3);
    await erase(store, 'c', { kind: 'truncate', firstKept: 3 });
    expect(await startOf(0)).toBe(3);
  });

  it('keeps a page within its bytes, but for one event', async ({ store }) => {
    const events = Array.from({ length: 5 }, () => text('x'.repeat(10_000)));
    await stored(store, call('c', 'a', { events }));
    expect(await pages(store, { maxBytes: 1 })).toEqual([[1], [2], [3], [4], [5]]);
    const some = await pages(store, { maxBytes: 25_000 });
    expect(some.map((page) => page.length)).toEqual([2, 2, 1]);
    const backwards = await pages(store, { maxBytes: 25_000, order: 'newest_first' });
    expect(backwards).toEqual([[5, 4], [3, 2], [1]]);
  });

  it('counts bytes of text, not letters', async ({ store }) => {
    const events = Array.from({ length: 3 }, () => text('é'.repeat(5_000)));
    await stored(store, call('c', 'a', { events }));
    expect(await pages(store, { maxBytes: 18_000 })).toEqual([[1], [2], [3]]);
  });

  it('shows nothing of a conversation that has no events', async ({ store }) => {
    expect(await store.read('c', all)).toEqual({
      conversation: undefined,
      start: 0,
      events: [],
      next: undefined,
      moment: undefined,
      continued: false,
    });
  });

  it('reads a conversation and its events in one snapshot', async ({ store }) => {
    let done = false;
    const writing = (async () => {
      for (let i = 0; i < 30; i++) {
        await store.append([newAppend(call('c', `a-${i}`, { events: [text('1'), text('2')] }))]);
      }
      done = true;
    })();
    while (!done) {
      const { conversation, events } = await store.read('c', all);
      expect(events.at(-1)?.sequence).toBe(conversation?.lastSequence);
      expect(events.length % 2).toBe(0);
      await turn();
    }
    await writing;
  });
}
