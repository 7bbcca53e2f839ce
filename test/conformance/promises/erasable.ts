import { expect } from '@jest/globals';
import type { Declare } from '../harness.js';
import { newAppend } from '../ports-subject.js';
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
  text,
  wholeLog,
} from '../tools.js';
import * as validate from '../validators.js';

const five = call('c', 'five', { events: ['1', '2', '3', '4', '5'].map((words) => text(words)) });
const sequences = (events: readonly { readonly sequence: number }[]) => events.map((event) => event.sequence);

export function erasable(it: Declare): void {
  it('hides what is redacted from every read, at once, and after its content is gone', async ({
    store,
    reopen,
  }) => {
    const { partition } = await stored(store, five);
    const outcome = await erase(store, 'c', { kind: 'redact', sequences: [2, 3, 5] });
    const ranges = [
      { first: 2, last: 3 },
      { first: 5, last: 5 },
    ];
    expect(outcome).toMatchObject({ status: 'erased', result: { partition, position: 6, ranges } });
    const expectHidden = async (of: typeof store) => {
      for (const seen of [await eventsOf(of, 'c'), await wholeLog(of)]) {
        expect(sequences(seen)).toEqual([1, 4]);
        validate.erasable([{ conversationId: 'c', ranges }], seen);
      }
    };
    await expectHidden(store);
    await scrubAll(store);
    await expectHidden(store);
    await expectHidden(await reopen());
  });

  it('writes each erasure as an entry of its own', async ({ store }) => {
    const { partition } = await stored(store, five);
    await erase(store, 'c', { kind: 'redact', sequences: [4] });
    await erase(store, 'c', { kind: 'truncate', firstKept: 3 });
    await erase(store, 'c', deletion);
    const { entries } = await new Reader(store, partition).finish();
    const shape = { kind: 'erasure', conversationId: 'c' };
    expect(entries.slice(1)).toMatchObject([
      { ...shape, first: 6, position: 6, deleted: false, ranges: [{ first: 4, last: 4 }] },
      { ...shape, first: 7, position: 7, deleted: false, ranges: [{ first: 1, last: 2 }] },
      { ...shape, first: 8, position: 8, deleted: true, ranges: [{ first: 3, last: 5 }] },
    ]);
  });

  it('keeps position and check of an entry whose events are erased', async ({ store }) => {
    const { partition } = await stored(store, five);
    await fill(store, 'c', 1);
    const before = (await new Reader(store, partition).finish()).entries;
    await erase(store, 'c', deletion);
    await scrubAll(store);
    const after = (await new Reader(store, partition).finish()).entries;
    const places = (entries: typeof before) =>
      entries.map(({ first, position, check }) => [first, position, check]);
    expect(places(after).slice(0, -1)).toEqual(places(before));
    expect(after.slice(0, -1).map((entry) => (entry.kind === 'append' ? entry.events : entry))).toEqual([
      [],
      [],
    ]);
  });

  it('passes over what is erased already, and writes nothing where nothing is left to erase', async ({
    store,
  }) => {
    const { partition } = await stored(store, five);
    await erase(store, 'c', { kind: 'redact', sequences: [1, 2] });
    expect(await erase(store, 'c', { kind: 'redact', sequences: [2, 3] })).toMatchObject({
      result: { ranges: [{ first: 3, last: 3 }] },
    });
    const nothing = { status: 'erased', result: { partition, position: 0, ranges: [] } };
    expect(await erase(store, 'c', { kind: 'redact', sequences: [1, 3] })).toEqual(nothing);
    expect(await erase(store, 'c', { kind: 'truncate', firstKept: 1 })).toEqual(nothing);
    expect((await new Reader(store, partition).finish()).entries).toHaveLength(3);
    expect(await erase(store, 'c', { kind: 'redact', sequences: [1, 3] })).toEqual({
      ...nothing,
      status: 'repeated',
    });
  });

  it('truncates what is below the sequence to keep', async ({ store }) => {
    await stored(store, five);
    await erase(store, 'c', { kind: 'truncate', firstKept: 4 });
    expect(sequences(await eventsOf(store, 'c'))).toEqual([4, 5]);
    expect(await store.conversation('c')).toMatchObject({ firstSequence: 4, lastSequence: 5 });
    await erase(store, 'c', { kind: 'truncate', firstKept: 6 });
    await scrubAll(store);
    expect(await eventsOf(store, 'c')).toEqual([]);
    expect(await store.conversation('c')).toMatchObject({ firstSequence: 6, lastSequence: 5 });
    await stored(store, call('c', 'next'));
    expect(sequences(await eventsOf(store, 'c'))).toEqual([6]);
  });

  it('begins a new life behind a deleted one', async ({ store }) => {
    const { partition } = await stored(store, five);
    const deleted = await erase(store, 'c', deletion);
    expect(await store.conversation('c')).toBeUndefined();
    expect(await eventsOf(store, 'c')).toEqual([]);
    const next = await stored(store, call('c', 'next'));
    expect(next).toMatchObject({ firstSequence: 6, firstPosition: 7, partition });
    await scrubAll(store);
    expect(sequences(await eventsOf(store, 'c'))).toEqual([6]);
    const { position } = (deleted as { result: { position: number } }).result;
    expect(await store.conversation('c')).toMatchObject({
      life: position,
      firstSequence: 6,
      lastSequence: 6,
    });
  });

  it('refuses what is not there to erase', async ({ store }) => {
    expect(await erase(store, 'c', deletion)).toEqual({ status: 'missing' });
    await stored(store, five);
    const notReached = { status: 'not_reached', lastSequence: 5 };
    expect(await erase(store, 'c', { kind: 'redact', sequences: [1, 6] })).toEqual(notReached);
    expect(await erase(store, 'c', { kind: 'truncate', firstKept: 7 })).toEqual(notReached);
    expect(await erase(store, 'c', { kind: 'delete', expectedSequence: 4 })).toEqual({
      status: 'conflict',
      lastSequence: 5,
    });
    expect(sequences(await eventsOf(store, 'c'))).toEqual([1, 2, 3, 4, 5]);
    await erase(store, 'c', { kind: 'delete', expectedSequence: 5 });
    expect(await erase(store, 'c', { kind: 'redact', sequences: [1] }, 'late')).toEqual({
      status: 'missing',
    });
  });

  it('leaves an id free that a refused erasure named', async ({ store }) => {
    expect(await erase(store, 'c', deletion, 'r')).toEqual({ status: 'missing' });
    await stored(store, five);
    expect(await erase(store, 'c', { kind: 'redact', sequences: [9] }, 'r')).toMatchObject({
      status: 'not_reached',
    });
    expect(await erase(store, 'c', deletion, 'r')).toMatchObject({ status: 'erased' });
  });

  it('scrubs in steps of the size asked for, and says when nothing is left', async ({ store }) => {
    await store.append(Array.from({ length: 10 }, (_, i) => newAppend(call('c', `a-${i}`))));
    await erase(store, 'c', deletion);
    expect(await store.scrub(4, 0)).toBe(true);
    await append(store, call('c', 'between'));
    let steps = 1;
    while (await store.scrub(4, 0)) steps++;
    expect(steps).toBeGreaterThanOrEqual(2);
    expect(await store.scrub(4, 0)).toBe(false);
    expect(sequences(await eventsOf(store, 'c'))).toEqual([11]);
  });
}
