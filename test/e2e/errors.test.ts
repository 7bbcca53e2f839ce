import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { hashParts } from '#src/storage/check.js';
import { append, badInput, countEvents, failureOf, numbered, some, upTo } from './calls.js';
import { cleanUp, startSidecar } from './sidecar.js';

let tracker: TrackerClient;
/** The test's own conversation. */
let id: string;
let tests = 0;
beforeAll(async () => {
  ({ tracker } = await startSidecar());
});
beforeEach(() => {
  id = `conversation-${++tests}`;
});
afterAll(cleanUp);

describe('an append id', () => {
  test('used again for the same events gets the first result, and nothing is stored', async () => {
    const first = await append(tracker, id, some(3), 'turn');
    await append(tracker, id, some(1));
    const again = await append(tracker, id, some(3), 'turn');
    expect(again).toEqual({ ...first, duplicate: true });
    expect(first.duplicate).toBe(false);
    expect(await countEvents(tracker, id)).toBe(4);
  });

  test.each([
    ['other data', [{ type: 'slot', data: '{"n":2}' }]],
    ['data written differently', [{ type: 'slot', data: '{"n": 1}' }]],
    ['another type', [{ type: 'bot', data: '{"n":1}' }]],
    ['a name', [{ type: 'slot', name: 'n', data: '{"n":1}' }]],
    ['metadata', [{ type: 'slot', data: '{"n":1}', metadata: 'm' }]],
    ['more events', some(2)],
  ])('used again with %s is refused, with the first result', async (_, events) => {
    await append(tracker, id, [numbered(0)]);
    const first = await append(tracker, id, [numbered(1)], 'turn');
    const failure = await failureOf(append(tracker, id, events, 'turn'));
    expect(failure).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'APPEND_ID_REUSED',
      metadata: {
        append_id: 'turn',
        first_sequence: '2',
        last_sequence: '2',
        store_id: first.storeId,
        partition: `${first.partition}`,
        first_position: `${first.firstPosition}`,
        last_position: `${first.lastPosition}`,
      },
    });
    const storeTime = Date.parse(failure.metadata.store_time!) / 1000;
    expect(Math.floor(storeTime)).toBe(Number(first.storeTime!.seconds));
    expect(await countEvents(tracker, id)).toBe(2);
  });

  test('is judged before fence and expectation, which do not make another append of it', async () => {
    const first = await tracker.appendEvents({
      conversationId: id,
      events: some(1),
      appendId: 'turn',
      fence: 5n,
    });
    await tracker.appendEvents({ conversationId: id, events: some(1), fence: 9n });
    const again = await tracker.appendEvents({
      conversationId: id,
      events: some(1),
      appendId: 'turn',
      fence: 5n,
      expectation: { case: 'noEvents', value: {} },
    });
    expect(again).toEqual({ ...first, duplicate: true });
  });

  test('made by the sidecar is answered', async () => {
    const { appendId } = await append(tracker, id, some(1));
    expect(appendId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await append(tracker, id, some(1), appendId)).toMatchObject({ duplicate: true, lastSequence: 1n });
  });
});

describe('an expectation that does not hold is a conflict', () => {
  type Expectation = NonNullable<Parameters<TrackerClient['appendEvents']>[0]['expectation']>;
  const expecting = (expectation: Expectation) =>
    tracker.appendEvents({ conversationId: id, events: [numbered(9)], expectation });
  const conflict = (expected: string, actual: string) => ({
    code: 'ABORTED',
    reason: 'VERSION_CONFLICT',
    metadata: expect.objectContaining({ expected, actual }),
  });

  test('for a conversation that is new', async () => {
    expect(await failureOf(expecting({ case: 'hasEvents', value: {} }))).toMatchObject(
      conflict('has_events', 'no_events'),
    );
    expect(await failureOf(expecting({ case: 'sequence', value: 1n }))).toMatchObject(
      conflict('1', 'no_events'),
    );
    expect(await countEvents(tracker, id)).toBe(0);
    await expecting({ case: 'sequence', value: 0n });
    expect(await countEvents(tracker, id)).toBe(1);
  });

  test('for a conversation that has events', async () => {
    await append(tracker, id, some(3));
    expect(await failureOf(expecting({ case: 'noEvents', value: {} }))).toMatchObject(
      conflict('no_events', '3'),
    );
    for (const sequence of [0n, 2n, 4n]) {
      const failure = await failureOf(expecting({ case: 'sequence', value: sequence }));
      expect(failure).toMatchObject(conflict(`${sequence}`, '3'));
    }
    expect(await countEvents(tracker, id)).toBe(3);
    await expecting({ case: 'sequence', value: 3n });
    await expecting({ case: 'hasEvents', value: {} });
    await expecting({ case: 'any', value: {} });
    expect(await countEvents(tracker, id)).toBe(6);
  });

  test('for a conversation that was deleted', async () => {
    await append(tracker, id, some(3));
    await tracker.deleteConversation({ conversationId: id });
    expect(await failureOf(expecting({ case: 'hasEvents', value: {} }))).toMatchObject(
      conflict('has_events', 'no_events'),
    );
    expect(await expecting({ case: 'noEvents', value: {} })).toMatchObject({ firstSequence: 4n });
  });
});

describe('a stale fence is refused', () => {
  const stale = (fence: number, highest: number) => ({
    code: 'FAILED_PRECONDITION',
    reason: 'FENCE_STALE',
    metadata: { fence: `${fence}`, highest_fence: `${highest}` },
  });
  const write = (fence?: bigint) =>
    tracker.appendEvents({ conversationId: id, events: some(1), ...(fence === undefined ? {} : { fence }) });
  const read = (fence: bigint) => tracker.getTracker({ conversationId: id, fence });

  test('by appends and reads, after an append', async () => {
    await write(7n);
    expect(await failureOf(write(6n))).toMatchObject(stale(6, 7));
    expect(await failureOf(read(6n))).toMatchObject(stale(6, 7));
    await write(7n);
    await read(7n);
    expect(await countEvents(tracker, id)).toBe(2);
  });

  test('by appends and reads, after a read, also of a conversation without events', async () => {
    await read(9n);
    expect(await failureOf(write(8n))).toMatchObject(stale(8, 9));
    expect(await failureOf(read(8n))).toMatchObject(stale(8, 9));
    expect(await countEvents(tracker, id)).toBe(0);
    await write(9n);
    expect(await countEvents(tracker, id)).toBe(1);
  });

  test('also in the next life', async () => {
    await write(5n);
    await tracker.deleteConversation({ conversationId: id });
    expect(await failureOf(write(4n))).toMatchObject(stale(4, 5));
    await write(5n);
  });

  test('but an append without one is not checked, and does not lower it', async () => {
    await write(5n);
    await write();
    expect(await failureOf(write(4n))).toMatchObject(stale(4, 5));
    const { conversation } = await tracker.getConversation({ conversationId: id });
    expect(conversation?.highestFence).toBe(5n);
  });

  test('and a refused append raises nothing', async () => {
    await write(5n);
    const events = some(1);
    await failureOf(
      tracker.appendEvents({
        conversationId: id,
        events,
        fence: 6n,
        expectation: { case: 'sequence', value: 9n },
      }),
    );
    await write(5n);
  });
});

describe('page tokens', () => {
  const forge = (request: readonly unknown[], payload: string) =>
    `p1.${payload}.${hashParts([JSON.stringify(request), payload]).slice(0, 11)}`;
  const payload = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  async function listToken(): Promise<string> {
    await append(tracker, id, some(5));
    const { nextPageToken } = await tracker.listEvents({ conversationId: id, pageSize: 2 });
    expect(nextPageToken).not.toBe('');
    return nextPageToken;
  }

  test.each<[string, (token: string) => string]>([
    ['garbage', () => 'garbage'],
    ['cut', (token) => token.slice(0, -1)],
    ['changed', (token) => token.replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`)],
    ['of another version', (token) => token.replace('p1', 'p2')],
    ['with more behind it', (token) => `${token}.x`],
  ])('that are %s are refused', async (_, change) => {
    const token = await listToken();
    const page = (pageToken: string) => tracker.listEvents({ conversationId: id, pageToken });
    expect(await failureOf(page(change(token)))).toMatchObject(badInput('page_token'));
    expect((await page(token)).events.map(({ sequence }) => Number(sequence))).toEqual([3, 4, 5]);
  });

  test('of another request are refused', async () => {
    const pageToken = await listToken();
    await append(tracker, `${id}-other`, some(5));
    for (const request of [
      { conversationId: `${id}-other` },
      { conversationId: id, order: 2 },
      { conversationId: id, types: ['slot'] },
      { conversationId: id, names: ['n'] },
      { conversationId: id, firstSequence: 2n },
      { conversationId: id, lastSequence: 4n },
    ]) {
      expect(await failureOf(tracker.listEvents({ ...request, pageToken }))).toMatchObject(
        badInput('page_token'),
      );
    }
    const other = [
      tracker.getTracker({ conversationId: id, pageToken }),
      tracker.listConversations({ pageToken }),
    ];
    for (const call of other) expect(await failureOf(call)).toMatchObject(badInput('page_token'));
    const rest = await tracker.listEvents({ conversationId: id, pageToken, pageSize: 1 });
    expect(rest.events.map(({ sequence }) => Number(sequence))).toEqual([3]);
  });

  test.each([
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['no list', payload({ a: 1 })],
    ['null', payload(null)],
    ['too short', payload([])],
    ['too long', payload([1, 2])],
    ['of another kind', payload(['a'])],
    ['negative', payload([-1])],
    ['a fraction', payload([1.5])],
    ['too large', payload([1e300])],
  ])('that were forged with the right sum around what is %s are refused', async (_, forged) => {
    await append(tracker, id, some(2));
    const key = ['events', id, 0, 0, false, [], []];
    const call = tracker.listEvents({ conversationId: id, pageToken: forge(key, forged) });
    expect(await failureOf(call)).toMatchObject(badInput('page_token'));
  });

  test('of conversations are bound to the prefix', async () => {
    for (const i of upTo(3)) await append(tracker, `${id}/${i}`, some(1));
    const conversationIdPrefix = `${id}/`;
    const { nextPageToken: pageToken } = await tracker.listConversations({
      conversationIdPrefix,
      pageSize: 1,
    });
    expect(await failureOf(tracker.listConversations({ pageToken }))).toMatchObject(badInput('page_token'));
    const { conversations } = await tracker.listConversations({ conversationIdPrefix, pageToken });
    expect(conversations.map(({ conversationId }) => conversationId)).toEqual([`${id}/2`, `${id}/3`]);
  });
});

describe('what is not there', () => {
  const missing = { code: 'NOT_FOUND', reason: 'CONVERSATION_NOT_FOUND' };
  test.each<[string, () => Promise<unknown>]>([
    ['GetConversation', () => tracker.getConversation({ conversationId: id })],
    ['DeleteConversation', () => tracker.deleteConversation({ conversationId: id })],
    ['RedactEvents', () => tracker.redactEvents({ conversationId: id, sequences: [1n] })],
    [
      'TruncateConversation',
      () => tracker.truncateConversation({ conversationId: id, firstKeptSequence: 1n }),
    ],
  ])('is NOT_FOUND to %s, before and after', async (_, call) => {
    expect(await failureOf(call())).toMatchObject({ ...missing, metadata: { conversation_id: id } });
    await append(tracker, id, some(1));
    await tracker.deleteConversation({ conversationId: id });
    expect(await failureOf(call())).toMatchObject(missing);
  });

  test('is empty to reads', async () => {
    expect(await tracker.getTracker({ conversationId: id })).toMatchObject({
      tracker: { conversationId: id, sequence: 0n, firstSequence: 0n, events: [] },
      nextPageToken: '',
    });
    expect(await tracker.listEvents({ conversationId: id })).toMatchObject({ events: [], nextPageToken: '' });
  });
});

describe('erasures by request id', () => {
  const erasures: [string, (requestId: string) => Promise<unknown>][] = [
    ['DeleteConversation', (requestId) => tracker.deleteConversation({ conversationId: id, requestId })],
    ['RedactEvents', (requestId) => tracker.redactEvents({ conversationId: id, requestId, sequences: [2n] })],
    [
      'TruncateConversation',
      (requestId) => tracker.truncateConversation({ conversationId: id, requestId, firstKeptSequence: 3n }),
    ],
  ];

  test.each(erasures)('%s repeated does nothing and gets the first result', async (_, erase) => {
    await append(tracker, id, some(4));
    const first = await erase('r');
    const { lastPosition } = await append(tracker, id, some(4));
    expect(await erase('r')).toEqual(first);
    expect((await append(tracker, id, some(1))).firstPosition).toBe(lastPosition + 1n);
    expect((await tracker.listEvents({ conversationId: id, firstSequence: 5n })).events.length).toBe(5);
  });

  test.each(erasures)('%s of an id that another request has is refused', async (_, erase) => {
    await append(tracker, id, some(4));
    const { erasure } = await tracker.redactEvents({ conversationId: id, requestId: 'r', sequences: [1n] });
    expect(await failureOf(erase('r'))).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'REQUEST_ID_REUSED',
      metadata: { request_id: 'r', partition: `${erasure!.partition}`, position: `${erasure!.position}` },
    });
    expect((await tracker.listEvents({ conversationId: id })).events.length).toBe(3);
  });

  test('DeleteConversation checks the sequence that it expects', async () => {
    await append(tracker, id, some(4));
    const failure = await failureOf(tracker.deleteConversation({ conversationId: id, expectedSequence: 3n }));
    expect(failure).toMatchObject({
      code: 'ABORTED',
      reason: 'VERSION_CONFLICT',
      metadata: { expected: '3', actual: '4' },
    });
    await tracker.deleteConversation({ conversationId: id, expectedSequence: 4n });
  });
});
