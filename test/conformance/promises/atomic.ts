import { expect } from '@jest/globals';
import type { Declare } from '../harness.js';
import { newAppend } from '../ports-subject.js';
import { call, eventsOf, fill, Reader, stored, text, wholeLog } from '../tools.js';
import * as validate from '../validators.js';

const three = [text('1'), text('2'), text('3')];

export function atomic(it: Declare): void {
  it('stores an append as one entry of adjacent positions and sequences', async ({ store }) => {
    await fill(store, 'c', 2);
    const one = call('c', 'three', { events: three });
    const result = await stored(store, one);
    expect(result.lastPosition - result.firstPosition).toBe(2);
    expect([result.firstSequence, result.lastSequence]).toEqual([3, 5]);
    const { entries } = await new Reader(store, result.partition).finish();
    expect(entries.at(-1)).toMatchObject({ first: result.firstPosition, position: result.lastPosition });
    validate.atomic([{ ...one, result }], await eventsOf(store, 'c'));
  });

  it('stores nothing of an append that it refuses', async ({ store }) => {
    await stored(store, call('c', 'a', { fence: 5 }));
    const before = await wholeLog(store);
    const refused = [
      call('c', 'conflict', { events: three, expectation: 'no_events' }),
      call('c', 'stale', { events: three, fence: 4 }),
      call('c', 'a', { events: three }),
      call('other', 'missing', { events: three, expectation: 'has_events' }),
    ];
    const outcomes = await store.append(refused.map(newAppend));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'conflict',
      'fence_stale',
      'append_id_reused',
      'conflict',
    ]);
    expect(await wholeLog(store)).toEqual(before);
    expect(await store.conversation('other')).toBeUndefined();
  });

  it('judges the appends of a batch one by one, each seeing those before it', async ({ store }) => {
    const outcomes = await store.append(
      [
        call('c', 'a', { expectation: 'no_events' }),
        call('c', 'b', { expectation: 'no_events' }),
        call('c', 'c', { expectation: 1, fence: 3 }),
        call('c', 'd', { fence: 2 }),
        call('c', 'a', { expectation: 'no_events' }),
        call('d', 'a', { expectation: 0 }),
      ].map(newAppend),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'stored',
      'conflict',
      'stored',
      'fence_stale',
      'repeated',
      'stored',
    ]);
    expect((await eventsOf(store, 'c')).map((event) => event.appendId)).toEqual(['a', 'c']);
  });

  it('never parts an append between pages of the log, however small they are', async ({ store }) => {
    const { partition } = await stored(store, call('c', 'a', { events: three }));
    await stored(store, call('c', 'b', { events: three }));
    const all = await eventsOf(store, 'c');
    const reader = new Reader(store, partition);
    const pages = [];
    for (let page = await reader.advance(1); page.entries.length > 0; page = await reader.advance(1)) {
      pages.push(page.entries.flatMap((entry) => (entry.kind === 'append' ? entry.events : [])));
    }
    expect(pages.map((events) => events.length)).toEqual([3, 3]);
    validate.whole(pages, all);
  });

  it('stores concurrent appends to one conversation each in one piece', async ({ store }) => {
    const calls = Array.from({ length: 20 }, (_, i) => call('c', `a-${i}`, { events: three }));
    const attempts = await Promise.all(
      calls.map(async (one) => ({ ...one, result: await stored(store, one) })),
    );
    const events = await eventsOf(store, 'c');
    expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    validate.atomic(attempts, events);
    validate.durable(attempts, events);
  });
}
