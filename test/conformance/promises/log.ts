import { setImmediate as turn } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { LogEntry, TrackerStore } from '#src/storage/ports/tracker.js';
import { type Declare, nowAndReopened } from '../harness.js';
import type { Attempt } from '../observations.js';
import { newAppend } from '../ports-subject.js';
import {
  append,
  call,
  deletion,
  erase,
  eventsOf,
  fill,
  origin,
  Reader,
  stored,
  text,
  wholeLog,
} from '../tools.js';
import * as validate from '../validators.js';

export function log(it: Declare): void {
  it('is empty at first', async ({ store }) => {
    for (let partition = 0; partition < store.partitions; partition++) {
      const page = await store.readLog(partition, 0, { maxEvents: 10, maxBytes: 1_000 });
      expect(page).toMatchObject({ entries: [], check: '', trimmed: origin, end: origin });
    }
  });

  it('never hides an entry from readers that follow while others append', async ({ store }) => {
    let done = false;
    const readers = Array.from({ length: store.partitions }, (_, partition) => new Reader(store, partition));
    const following = readers.map(async (reader) => {
      while (!done) {
        await reader.advance(7);
        await turn();
      }
      await reader.finish();
    });
    const attempts = (
      await Promise.all(Array.from({ length: 8 }, (_, i) => write(store, `writer-${i}`)))
    ).flat();
    done = true;
    await Promise.all(following);

    const ids = [...new Set(attempts.map(({ conversationId }) => conversationId))];
    const all = (await Promise.all(ids.map((id) => eventsOf(store, id)))).flat();
    const shown = readers.flatMap((reader) => reader.events);
    validate.durable(attempts, all);
    validate.atomic(attempts, all);
    validate.verbatim(attempts, shown);
    validate.ordered(shown);
    validate.unique(shown);
    validate.reliable(shown, all);
    validate.persisted(shown, all);
    validate.resumable([shown], all);
    validate.whole(
      readers.flatMap(({ entries }) => entries.map((entry) => (entry.kind === 'append' ? entry.events : []))),
      all,
    );
  });

  it('resumes behind any entry', async ({ store }) => {
    await erase(store, 'c', deletion);
    await mixedHistory(store);
    const { partition } = (await store.conversation('c'))!;
    const all = (await new Reader(store, partition).finish()).entries;
    for (const [i, entry] of all.entries()) {
      const reader = new Reader(store, partition, { position: entry.position, check: entry.check });
      expect((await reader.finish()).entries).toEqual(all.slice(i + 1));
    }
  });

  it('tells its end, and the check at the place asked for', async ({ store }) => {
    await mixedHistory(store);
    const { partition } = (await store.conversation('c'))!;
    const { entries, place } = await new Reader(store, partition).finish();
    const checks = new Map<number, string | undefined>(entries.map((entry) => [entry.position, entry.check]));
    checks.set(0, '');
    for (let after = 0; after <= place.position + 2; after++) {
      const page = await store.readLog(partition, after, { maxEvents: 1, maxBytes: 1 });
      expect(page.end).toEqual(place);
      expect(page.check).toBe(checks.get(after));
    }
  });

  it('gives each history checks of its own', async ({ store }) => {
    await fill(store, 'c', 2);
    const { partition } = (await store.conversation('c'))!;
    const { entries } = await new Reader(store, partition).finish();
    expect(new Set(entries.map((entry) => entry.check)).size).toBe(2);
  });

  it('keeps its pages within the limits, but for the first entry', async ({ store }) => {
    await store.append(Array.from({ length: 10 }, (_, i) => newAppend(call('c', `a-${i}`, large))));
    const { partition } = (await store.conversation('c'))!;
    const sizeOf = async (maxEvents: number, maxBytes: number) =>
      (await store.readLog(partition, 0, { maxEvents, maxBytes })).entries.length;
    expect(await sizeOf(1, 1 << 20)).toBe(1);
    expect(await sizeOf(4, 1 << 20)).toBe(2);
    expect(await sizeOf(1_000, 1)).toBe(1);
    expect(await sizeOf(1_000, 7_000)).toBeLessThanOrEqual(3);
    expect(await sizeOf(1_000, 1 << 20)).toBe(10);
  });

  it('finds the place before a time', async ({ store }) => {
    const results = [];
    for (let i = 0; i < 4; i++) {
      results.push(await stored(store, call('c', `a-${i}`)));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const { partition } = results[0]!;
    const { entries, place } = await new Reader(store, partition).finish();
    expect(await store.findPlace(partition, 0)).toEqual(origin);
    for (const [i, { storeTime }] of results.entries()) {
      const at = await store.findPlace(partition, storeTime);
      expect(at).toEqual(i === 0 ? origin : placeOf(entries[i - 1]!));
    }
    expect(await store.findPlace(partition, results[3]!.storeTime + 1)).toEqual(place);
  });

  it('stamps entries with times that never run backwards', async ({ store }) => {
    const times = [];
    for (let i = 0; i < 20; i++) times.push((await stored(store, call(`c-${i}`, 'a'))).storeTime);
    if (store.partitions === 1) expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Math.abs(times[0]! / 1_000 - Date.now())).toBeLessThan(60_000);
  });

  it('ends what it shows at a place when it is trimmed there, and keeps that check', async (given) => {
    const { store } = given;

    await fill(store, 'c', 5);
    const { partition } = (await store.conversation('c'))!;
    const { entries } = await new Reader(store, partition).finish();
    await store.trim(partition, 3);
    for await (const of of nowAndReopened(given)) {
      const trimmed = placeOf(entries[2]!);
      const page = await of.readLog(partition, 3, { maxEvents: 10, maxBytes: 1 << 20 });
      expect(page).toMatchObject({ trimmed, check: trimmed.check });
      expect(page.entries).toEqual(entries.slice(3));
      expect((await of.readLog(partition, 2, { maxEvents: 10, maxBytes: 1 << 20 })).check).toBeUndefined();
      expect(await of.findPlace(partition, 0)).toEqual(trimmed);
      expect(await eventsOf(of, 'c')).toHaveLength(5);
      expect(await append(of, call('c', 'fill-1'))).toMatchObject({ status: 'repeated' });
    }
  });

  it('can be trimmed to its end, and goes on', async ({ store, reopen }) => {
    await fill(store, 'c', 2);
    const { partition } = (await store.conversation('c'))!;
    const { place } = await new Reader(store, partition).finish();
    await store.trim(partition, 2);
    const again = await reopen();
    expect(await stored(again, call('c', 'next'))).toMatchObject({ firstPosition: 3, firstSequence: 3 });
    expect((await new Reader(again, partition, place).finish()).entries).toHaveLength(1);
  });

  it('holds what conversations hold', async ({ store }) => {
    await mixedHistory(store);
    const byPlace = (a: { partition: number; position: number }, b: typeof a) =>
      a.partition - b.partition || a.position - b.position;
    const read = (await Promise.all(['c', 'd', 'e'].map((id) => eventsOf(store, id)))).flat();
    expect(await wholeLog(store)).toEqual(read.sort(byPlace));
  });
}

const large = { events: [text('x'.repeat(1_000)), text('y'.repeat(1_000))] };

function placeOf({ position, check }: LogEntry) {
  return { position, check };
}

/** Appends one after the other, now to a conversation of its own, now to a shared one. */
async function write(store: TrackerStore, writer: string): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (let i = 0; i < 25; i++) {
    const events = Array.from({ length: (i % 3) + 1 }, (_, n) => text(`${writer} ${i} ${n}`));
    const one = call(i % 2 ? writer : `shared-${i % 3}`, `${writer}-${i}`, { events });
    attempts.push({ ...one, result: await stored(store, one) });
  }
  return attempts;
}

async function mixedHistory(store: TrackerStore): Promise<void> {
  await fill(store, 'c', 3);
  await stored(store, call('d', 'a', { events: [text('1'), text('2'), text('3')] }));
  await erase(store, 'd', { kind: 'redact', sequences: [2] });
  await stored(store, call('e', 'a'));
  await erase(store, 'c', { kind: 'truncate', firstKept: 3 });
  await erase(store, 'e', deletion);
  await stored(store, call('e', 'a'));
  await stored(store, call('c', 'last', { events: [text('1'), text('2')] }));
}
