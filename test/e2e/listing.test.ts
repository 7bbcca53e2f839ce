import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { EventOrder, ListEventsResponseSchema } from '#gen/trackside/v1/tracker_service_pb.js';
import { append, some, upTo } from './calls.js';
import { cleanUp, startSidecar, temporaryFolder } from './sidecar.js';

let tracker: TrackerClient;
/** The test's own conversation. */
let id: string;
let tests = 0;
beforeAll(async () => {
  const storage = `sqlite:${join(await temporaryFolder(), 'trackside.db')}`;
  ({ tracker } = await startSidecar({ storage }));
});
beforeEach(() => {
  id = `conversation-${++tests}`;
});
afterAll(cleanUp);

type ListRequest = Omit<
  NonNullable<Parameters<TrackerClient['listEvents']>[0]>,
  '$typeName' | 'conversationId'
>;

/** The sequences of all pages. */
async function listAll(request: ListRequest): Promise<number[][]> {
  const pages: number[][] = [];
  let pageToken = '';
  do {
    const response = await tracker.listEvents({ ...request, conversationId: id, pageToken });
    expect(toBinary(ListEventsResponseSchema, response).length).toBeLessThanOrEqual(3 << 20);
    pages.push(response.events.map(({ sequence }) => Number(sequence)));
    pageToken = response.nextPageToken;
  } while (pageToken !== '');
  return pages;
}

const { OLDEST_FIRST, NEWEST_FIRST } = EventOrder;

describe('ListEvents shows each event once, in order', () => {
  beforeEach(async () => {
    const kinds = ['a', 'b', 'c'].flatMap((type) => ['', 'x'].map((name) => ({ type, name, data: '{}' })));
    for (let i = 0; i < 5; i++) await append(tracker, id, kinds);
  });

  test.each([1, 2, 7, 30, 100])('on pages of %d, in both directions', async (pageSize) => {
    const oldest = await listAll({ pageSize });
    expect(oldest.flat()).toEqual(upTo(30));
    expect(oldest.slice(0, -1).every((page) => page.length === pageSize)).toBe(true);
    expect((await listAll({ pageSize, order: OLDEST_FIRST })).flat()).toEqual(upTo(30));
    expect((await listAll({ pageSize, order: NEWEST_FIRST })).flat()).toEqual(upTo(30).toReversed());
  });

  test.each<[string, ListRequest, (n: number) => boolean]>([
    ['a type', { types: ['b'] }, (n) => [3, 4].includes(n)],
    ['types', { types: ['a', 'c'] }, (n) => [1, 2, 5, 6].includes(n)],
    ['a name', { names: ['x'] }, (n) => [2, 4, 6].includes(n)],
    ['both', { types: ['c', 'zz'], names: ['x'] }, (n) => n === 6],
    ['what nothing has', { types: ['zz'] }, () => false],
  ])('filtered by %s', async (_, filter, fits) => {
    const expected = upTo(30).filter((sequence) => fits(((sequence - 1) % 6) + 1));
    for (const pageSize of [1, 2, 100]) {
      expect((await listAll({ ...filter, pageSize })).flat()).toEqual(expected);
      const newest = await listAll({ ...filter, pageSize, order: NEWEST_FIRST });
      expect(newest.flat()).toEqual(expected.toReversed());
    }
  });

  test.each([
    [5n, 9n, upTo(9, 5)],
    [0n, 3n, [1, 2, 3]],
    [28n, 0n, [28, 29, 30]],
    [30n, 99n, [30]],
    [31n, 0n, []],
    [9n, 5n, []],
  ])('from %d to %d', async (firstSequence, lastSequence, expected) => {
    const range = { firstSequence, lastSequence, pageSize: 2 };
    expect((await listAll(range)).flat()).toEqual(expected);
    expect((await listAll({ ...range, order: NEWEST_FIRST })).flat()).toEqual(expected.toReversed());
  });

  test('without those that were erased, also where they end a page', async () => {
    await tracker.truncateConversation({ conversationId: id, firstKeptSequence: 4n });
    await tracker.redactEvents({ conversationId: id, sequences: [5n, 6n, 7n, 30n] });
    const expected = [4, ...upTo(29, 8)];
    for (const pageSize of [1, 2, 3]) {
      expect((await listAll({ pageSize })).flat()).toEqual(expected);
      expect((await listAll({ pageSize, order: NEWEST_FIRST })).flat()).toEqual(expected.toReversed());
    }
  });

  test('also while events are erased and appended between two pages', async () => {
    const first = await tracker.listEvents({ conversationId: id, pageSize: 10 });
    await tracker.redactEvents({ conversationId: id, sequences: [11n, 12n] });
    await append(tracker, id, some(2));
    const { nextPageToken: pageToken } = first;
    const rest = await tracker.listEvents({ conversationId: id, pageSize: 100, pageToken });
    expect(rest.events.map(({ sequence }) => Number(sequence))).toEqual(upTo(32, 13));
  });
});

test('a page of large events ends early, within the limit of a response', async () => {
  const data = JSON.stringify({ text: 'ä'.repeat(200_000) });
  for (let i = 0; i < 10; i++) await append(tracker, id, [{ type: 'bot', data }, ...some(1)]);
  for (const filter of [{}, { types: ['bot'] }]) {
    const expected = upTo(20).filter((n) => filter.types === undefined || n % 2 === 1);
    for (const order of [OLDEST_FIRST, NEWEST_FIRST]) {
      const pages = await listAll({ ...filter, order, pageSize: 1000 });
      expect(pages.length).toBeGreaterThan(1);
      expect(order === OLDEST_FIRST ? pages.flat() : pages.flat().toReversed()).toEqual(expected);
    }
  }
});

describe('ListConversations', () => {
  const ids = ['a', 'a/1', 'a/2', 'a0', 'b', 'ä', 'z\u{1F600}', 'z\uFFFD'];

  /** The ids of all pages, without the test's own prefix. */
  async function list(prefix: string, pageSize: number): Promise<string[]> {
    const found: string[] = [];
    let pageToken = '';
    do {
      const conversationIdPrefix = `${id}:${prefix}`;
      const response = await tracker.listConversations({ conversationIdPrefix, pageSize, pageToken });
      found.push(...response.conversations.map(({ conversationId }) => conversationId.slice(id.length + 1)));
      pageToken = response.nextPageToken;
    } while (pageToken !== '');
    return found;
  }

  beforeEach(async () => {
    for (const one of ids.toReversed()) await append(tracker, `${id}:${one}`, some(2));
  });

  test('goes by the bytes of the ids, on pages of any size', async () => {
    const expected = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const pageSize of [1, 2, 3, 8, 100]) expect(await list('', pageSize)).toEqual(expected);
  });

  test.each([
    ['a', ['a', 'a/1', 'a/2', 'a0']],
    ['a/', ['a/1', 'a/2']],
    ['ä', ['ä']],
    ['z', ['z\uFFFD', 'z\u{1F600}']],
    ['c', []],
  ])('keeps to a prefix: %s', async (prefix, expected) => {
    for (const pageSize of [1, 100]) expect(await list(prefix, pageSize)).toEqual(expected);
  });

  test('leaves out what was deleted and what only has a fence', async () => {
    await tracker.deleteConversation({ conversationId: `${id}:a/1` });
    await tracker.getTracker({ conversationId: `${id}:a/3`, fence: 1n });
    expect(await list('a/', 100)).toEqual(['a/2']);
    await append(tracker, `${id}:a/1`, some(1));
    expect(await list('a/', 100)).toEqual(['a/1', 'a/2']);
  });

  test('tells the same of each as GetConversation', async () => {
    await tracker.truncateConversation({ conversationId: `${id}:b`, firstKeptSequence: 2n });
    await tracker.getTracker({ conversationId: `${id}:b`, fence: 3n });
    const { conversations } = await tracker.listConversations({ conversationIdPrefix: `${id}:b` });
    expect(conversations).toMatchObject([
      { firstSequence: 2n, lastSequence: 2n, highestFence: 3n, partition: 0 },
    ]);
    const { conversation } = await tracker.getConversation({ conversationId: `${id}:b` });
    expect(conversations).toEqual([conversation]);
  });
});
