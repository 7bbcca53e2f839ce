import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { Discontinuity_Reason as Reason } from '#gen/trackside/v1/tracker_service_pb.js';
import { type Cursor, decodeCursor, encodeCursor } from '#src/feed/cursor.js';
import {
  append,
  badInput,
  failureOf,
  type Item,
  numbered,
  Subscriber,
  sequencesOf,
  some,
  upTo,
} from './calls.js';
import { cleanUp, type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

let memory: Sidecar;
let sqlite: Sidecar;
beforeAll(async () => {
  [memory, sqlite] = await Promise.all([startSidecar(), sqliteSidecar()]);
});
afterAll(cleanUp);

const from = (cursor: string) => ({ case: 'cursor', value: cursor }) as const;
const beginning = { case: 'beginning', value: {} } as const;

/** The cursor behind everything. */
async function endCursor(tracker: TrackerClient, filter = {}): Promise<string> {
  const subscriber = new Subscriber(tracker, { filter, start: beginning });
  const item = (await subscriber.until('caughtUp')).at(-1) as Extract<Item, { case: 'caughtUp' }>;
  subscriber.cancel();
  return item.value.cursor;
}

/** The items of a stream that has to end by itself. */
async function readAll(tracker: TrackerClient, cursor: string, filter = {}): Promise<Item[]> {
  const subscriber = new Subscriber(tracker, { filter, start: from(cursor) });
  const items: Item[] = [];
  for (let item = await subscriber.next(); item; item = await subscriber.next()) items.push(item);
  return items;
}

function change(cursor: string, changes: Partial<Cursor>): string {
  return encodeCursor({ ...decodeCursor(cursor), ...changes });
}

/** A stream that began, ended with a discontinuity, and whose cursors go on. */
async function expectDiscontinuity(tracker: TrackerClient, cursor: string, reason: Reason): Promise<void> {
  const items = await readAll(tracker, cursor);
  expect(items.map((item) => item.case)).toEqual(['confirmation', 'discontinuity']);
  const { value } = items[1] as Extract<Item, { case: 'discontinuity' }>;
  expect(value.reason).toBe(reason);
  const all = sequencesOf(await new Subscriber(tracker, { start: beginning }).until('caughtUp'));
  const oldest = new Subscriber(tracker, { start: from(value.oldestCursor) });
  expect(sequencesOf(await oldest.until('caughtUp'))).toEqual(all);
  const end = new Subscriber(tracker, { start: from(value.endCursor) });
  expect(sequencesOf(await end.until('caughtUp'))).toEqual([]);
}

describe('a discontinuity ends the stream of a cursor', () => {
  test('of another store', async () => {
    await append(memory.tracker, 'a', some(2));
    await append(sqlite.tracker, 'a', some(3));
    await expectDiscontinuity(memory.tracker, await endCursor(sqlite.tracker), Reason.OTHER_STORE);
    await expectDiscontinuity(sqlite.tracker, await endCursor(memory.tracker), Reason.OTHER_STORE);
  });

  test('of a memory store that was restarted', async () => {
    const before = await startSidecar();
    await append(before.tracker, 'a', some(2));
    const cursor = await endCursor(before.tracker);
    await before.end('SIGKILL');
    await append(memory.tracker, 'a', some(3));
    await expectDiscontinuity(memory.tracker, cursor, Reason.EPOCH_CHANGED);
  });

  test.each<[string, (end: number) => number]>([
    ['behind the log', (end) => end + 1],
    ['far behind the log', () => Number.MAX_SAFE_INTEGER],
    ['where another entry ends', (end) => end],
    ['within an append', (end) => end - 1],
    ['at the beginning, with a check', () => 0],
  ])('at a place that was made up: %s', async (_, positionOf) => {
    for (const { tracker } of [memory, sqlite]) {
      const { lastPosition } = await append(tracker, 'a', some(3));
      const place = { position: positionOf(Number(lastPosition)), check: 'AAAAAAAAAAA' };
      const forged = change(await endCursor(tracker), { places: new Map([[0, place]]) });
      await expectDiscontinuity(tracker, forged, Reason.ROLLED_BACK);
    }
  });
});

describe('a cursor is refused', () => {
  test.each<[string, (cursor: string) => string]>([
    ['empty', () => ''],
    ['garbage', () => 'garbage'],
    ['of another version', (cursor) => cursor.replace('c1.', 'c2.')],
    ['cut', (cursor) => cursor.slice(0, -1)],
    ['cut in the middle', (cursor) => cursor.slice(0, cursor.length / 2)],
    ['changed in one place', (cursor) => cursor.replace('.0~', '.0~1')],
    ['longer than any', (cursor) => `${cursor}${'.x'.repeat(10_000)}`],
    ['without a place', (cursor) => change(cursor, { places: new Map() })],
    [
      'with a place that is no number',
      (cursor) => change(cursor, { places: new Map([[0, { position: Number.NaN, check: 'a' }]]) }),
    ],
    [
      'with a negative place',
      (cursor) => change(cursor, { places: new Map([[0, { position: -1, check: 'a' }]]) }),
    ],
    [
      'with a partition that the store lacks',
      (cursor) => change(cursor, { places: new Map([[7, { position: 1, check: 'a' }]]) }),
    ],
    ['of another filter', (cursor) => change(cursor, { filterHash: 'AAAAAAAAAAA' })],
  ])('that is %s', async (_, forge) => {
    const { tracker } = memory;
    await append(tracker, 'a', some(1));
    const cursor = await endCursor(tracker);
    const failure = await failureOf(new Subscriber(tracker, { start: from(forge(cursor)) }).next());
    expect(failure).toMatchObject(badInput('cursor'));
    await append(tracker, 'a', some(1));
    const resumed = await new Subscriber(tracker, { start: from(cursor) }).until('caughtUp');
    expect(sequencesOf(resumed).length).toBe(1);
  });

  test('with another filter than its own, and taken with the same one written differently', async () => {
    const { tracker } = memory;
    await append(tracker, 'a', some(2));
    const cursor = await endCursor(tracker, { types: ['a', 'b'], names: ['c'] });
    for (const filter of [
      {},
      { types: ['a'], names: ['c'] },
      { types: ['a', 'b', 'c'] },
      { types: ['a', 'b'], names: ['c'], conversationIdPrefix: 'x' },
    ]) {
      expect(await failureOf(new Subscriber(tracker, { filter, start: from(cursor) }).next())).toMatchObject(
        badInput('cursor'),
      );
    }
    const same = { types: ['b', 'a', 'b'], names: ['c'] };
    expect(
      (await new Subscriber(tracker, { filter: same, start: from(cursor) }).until('caughtUp')).length,
    ).toBe(2);
  });
});

test('the same cursor goes on after the sidecar was killed and started again', async () => {
  const folder = await temporaryFolder();
  let sidecar = await sqliteSidecar(folder);
  await append(sidecar.tracker, 'a', some(4));
  const cursor = await endCursor(sidecar.tracker);
  await append(sidecar.tracker, 'a', some(2));
  await sidecar.end('SIGKILL');
  sidecar = await sqliteSidecar(folder);
  await append(sidecar.tracker, 'b', [numbered(1)]);
  const resumed = new Subscriber(sidecar.tracker, { start: from(cursor) });
  expect(sequencesOf(await resumed.until('caughtUp'))).toEqual([5, 6, 1]);
});

test('every cursor that a stream gives resumes just behind it', async () => {
  const { tracker } = await startSidecar({ env: { TRACKSIDE_TRACKER_PARTITIONS: '5' } });
  for (let i = 0; i < 40; i++) await append(tracker, `c${i % 7}`, some((i % 4) + 1));
  await tracker.redactEvents({ conversationId: 'c1', sequences: [2n] });
  await append(tracker, 'c1', some(3));
  const items = await new Subscriber(tracker, { start: beginning, maxBatchSize: 3 }).until('caughtUp');
  const keys = (some: readonly Item[]) =>
    some.flatMap((item) =>
      item.case === 'events'
        ? item.value.events.map((event) => `${event.conversationId}:${event.sequence}`)
        : item.case === 'erased'
          ? [`erased ${item.value.conversationId}`]
          : [],
    );
  const every = keys(items).sort();
  for (const [i, item] of items.entries()) {
    const { cursor } = item.value as { cursor: string };
    const rest = await new Subscriber(tracker, { start: from(cursor) }).until('caughtUp');
    expect([...keys(items.slice(0, i + 1)), ...keys(rest)].sort()).toEqual(every);
  }
  expect(every.length).toBe(upTo(40).reduce((sum, i) => sum + ((i - 1) % 4) + 1, 0) - 1 + 3 + 1);
});

async function sqliteSidecar(folder?: string) {
  return startSidecar({ storage: `sqlite:${join(folder ?? (await temporaryFolder()), 'trackside.db')}` });
}
