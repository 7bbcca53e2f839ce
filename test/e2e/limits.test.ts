import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import {
  GetTrackerResponseSchema,
  ListEventsResponseSchema,
  SubscribeEventsResponseSchema,
} from '#gen/trackside/v1/tracker_service_pb.js';
import {
  append,
  badInput,
  countEvents,
  eventsOf,
  failureOf,
  liveSubscriber,
  numbered,
  Subscriber,
  some,
  tooLarge,
  upTo,
} from './calls.js';
import { cleanUp, connectTo, type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

const KiB = 1024;
const MiB = 1024 * KiB;

afterAll(cleanUp);

const text = (bytes: number) => 'x'.repeat(bytes);
const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
/** What the size of an append counts for each event besides its texts. */
const eventOverhead = 32;

const stated = {
  CONVERSATION_ID_BYTES: 512,
  APPEND_ID_BYTES: 128,
  TYPE_BYTES: 128,
  NAME_BYTES: KiB,
  METADATA_BYTES: 64 * KiB,
  DATA_DEPTH: 100,
  EVENTS_PER_APPEND: 1000,
  APPEND_BYTES: MiB,
  PAGE_SIZE: 1000,
  BATCH_SIZE: 1000,
  FILTER_VALUES: 1000,
  REDACTED_EVENTS: 1000,
};
const lowered: typeof stated = {
  CONVERSATION_ID_BYTES: 20,
  APPEND_ID_BYTES: 11,
  TYPE_BYTES: 9,
  NAME_BYTES: 7,
  METADATA_BYTES: 5,
  DATA_DEPTH: 3,
  EVENTS_PER_APPEND: 30,
  APPEND_BYTES: 2 * KiB,
  PAGE_SIZE: 4,
  BATCH_SIZE: 6,
  FILTER_VALUES: 2,
  REDACTED_EVENTS: 8,
};

describe.each([
  ['as stated', stated],
  ['lowered by the environment', lowered],
])('limits %s: exactly as much is accepted, one more is refused and nothing written', (_, limits) => {
  let tracker: TrackerClient;
  let id: string;
  let tests = 0;
  beforeAll(async () => {
    const env = Object.entries(limits === stated ? {} : limits).map(([name, value]) => [
      `TRACKSIDE_LIMITS_${name}`,
      `${value}`,
    ]);
    ({ tracker } = await startSidecar({ env: Object.fromEntries(env) }));
  });
  beforeEach(() => {
    id = `c${++tests}`;
  });

  /** An append that has to be refused, and left nothing. */
  async function expectRefused(call: Promise<unknown>, failure: object): Promise<void> {
    const before = await countEvents(tracker, id);
    expect(await failureOf(call)).toMatchObject(failure);
    expect(await countEvents(tracker, id)).toBe(before);
  }

  test('conversation id', async () => {
    const longest = `${id}${text(limits.CONVERSATION_ID_BYTES - id.length)}`;
    await append(tracker, longest, some(1));
    expect(await countEvents(tracker, longest)).toBe(1);
    await expectRefused(append(tracker, `${longest}x`, some(1)), badInput('conversation_id'));
    expect(await failureOf(tracker.getTracker({ conversationId: `${longest}x` }))).toMatchObject(
      badInput('conversation_id'),
    );
    const conversationIdPrefix = `${longest}x`;
    expect(await failureOf(tracker.listConversations({ conversationIdPrefix }))).toMatchObject(
      badInput('conversation_id_prefix'),
    );
  });

  test('append id and request id', async () => {
    const longest = text(limits.APPEND_ID_BYTES);
    expect((await append(tracker, id, some(1), longest)).appendId).toBe(longest);
    await expectRefused(append(tracker, id, some(1), `${longest}x`), badInput('append_id'));
    const redact = (requestId: string) =>
      tracker.redactEvents({ conversationId: id, sequences: [1n], requestId });
    await expectRefused(redact(`${longest}x`), badInput('request_id'));
    await redact(longest);
  });

  test('type and name', async () => {
    const event = { type: text(limits.TYPE_BYTES), name: text(limits.NAME_BYTES), data: '{}' };
    await append(tracker, id, [event]);
    await expectRefused(
      append(tracker, id, [{ ...event, type: `${event.type}x` }]),
      badInput('events[0].type'),
    );
    await expectRefused(
      append(tracker, id, [{ ...event, name: `${event.name}x` }]),
      badInput('events[0].name'),
    );
  });

  test('metadata', async () => {
    const metadata = text(limits.METADATA_BYTES);
    await append(tracker, id, [{ ...numbered(1), metadata }]);
    await expectRefused(
      append(tracker, id, [numbered(1), { ...numbered(1), metadata: `${metadata}x` }]),
      tooLarge('metadata_bytes', limits.METADATA_BYTES),
    );
  });

  test('depth of data', async () => {
    await append(tracker, id, [{ type: 'slot', data: nested(limits.DATA_DEPTH) }]);
    await expectRefused(
      append(tracker, id, [{ type: 'slot', data: nested(limits.DATA_DEPTH + 1) }]),
      badInput('events[0].data', expect.stringContaining(`at most ${limits.DATA_DEPTH}`)),
    );
  });

  test('events of an append', async () => {
    await append(tracker, id, some(limits.EVENTS_PER_APPEND));
    expect(await countEvents(tracker, id)).toBe(limits.EVENTS_PER_APPEND);
    await expectRefused(
      append(tracker, id, some(limits.EVENTS_PER_APPEND + 1)),
      tooLarge('events_per_append', limits.EVENTS_PER_APPEND),
    );
  });

  test('bytes of an append', async () => {
    const small = { type: 'ä', name: 'ö', data: '{}', metadata: 'm' };
    const rest = limits.APPEND_BYTES - 2 * eventOverhead - (2 + 2 + 2 + 1) - ('t'.length + '{"t":""}'.length);
    const large = (bytes: number) => ({ type: 't', data: `{"t":"${text(bytes)}"}` });
    await append(tracker, id, [small, large(rest)]);
    expect(await countEvents(tracker, id)).toBe(2);
    await expectRefused(
      append(tracker, id, [small, large(rest + 1)]),
      tooLarge('append_bytes', limits.APPEND_BYTES),
    );
  });

  test('sizes of pages and batches: more is taken as the most', async () => {
    const each = limits.EVENTS_PER_APPEND;
    for (let i = 0; i < 2; i++) await append(tracker, id, some(each));
    const size = async (pageSize: number) =>
      (await tracker.listEvents({ conversationId: id, pageSize })).events.length;
    expect(await size(limits.PAGE_SIZE)).toBe(limits.PAGE_SIZE);
    expect(await size(limits.PAGE_SIZE + 1)).toBe(limits.PAGE_SIZE);
    expect(await size(2 ** 31 - 1)).toBe(limits.PAGE_SIZE);
    expect(await size(0)).toBe(Math.min(100, limits.PAGE_SIZE));

    const { nextPageToken } = await tracker.listConversations({ pageSize: 2 ** 31 - 1 });
    expect(nextPageToken === '').toBe(limits === stated);

    const single = `${id}s`;
    for (const n of upTo(8)) await append(tracker, single, [numbered(n)]);
    const subscriber = new Subscriber(tracker, {
      filter: { conversationIds: [single] },
      start: { case: 'beginning', value: {} },
      maxBatchSize: 2 ** 31 - 1,
    });
    const batches = (await subscriber.until('caughtUp')).filter((item) => item.case === 'events');
    expect(eventsOf(batches).length).toBe(8);
    expect(Math.max(...batches.map((batch) => eventsOf([batch]).length))).toBe(
      Math.min(8, limits.BATCH_SIZE),
    );
  });

  test('values of a filter', async () => {
    const values = (count: number) => upTo(count).map((n) => `v${n}`);
    const most = limits.FILTER_VALUES;
    for (const field of ['types', 'names'] as const) {
      await tracker.listEvents({ conversationId: id, [field]: values(most) });
      expect(
        await failureOf(tracker.listEvents({ conversationId: id, [field]: values(most + 1) })),
      ).toMatchObject(badInput(field));
    }
    for (const [field, name] of [
      ['conversationIds', 'conversation_ids'],
      ['types', 'types'],
      ['names', 'names'],
    ] as const) {
      await liveSubscriber(tracker, { filter: { [field]: values(most) } });
      const refused = new Subscriber(tracker, { filter: { [field]: values(most + 1) } });
      expect(await failureOf(refused.next())).toMatchObject(badInput(`filter.${name}`));
    }
  });

  test('sequences of a redaction', async () => {
    const most = limits.REDACTED_EVENTS;
    await append(tracker, id, some(Math.min(most + 1, limits.EVENTS_PER_APPEND)));
    await append(tracker, id, some(1));
    const redact = (count: number) =>
      tracker.redactEvents({ conversationId: id, sequences: upTo(count).map(BigInt) });
    await expectRefused(redact(most + 1), tooLarge('redacted_events', most));
    expect((await tracker.listEvents({ conversationId: id, pageSize: 1 })).events[0]?.sequence).toBe(1n);
    const { erasure } = await redact(most);
    expect(erasure?.sequences).toMatchObject([{ first: 1n, last: BigInt(most) }]);
  });
});

test('a request larger than any append is refused, and the connection stays usable', async () => {
  const { tracker } = await startSidecar();
  const failure = await failureOf(append(tracker, 'a', [{ type: 't', data: `{"t":"${text(5 * MiB)}"}` }]));
  expect(failure.code).toBe('RESOURCE_EXHAUSTED');
  expect(await countEvents(tracker, 'a')).toBe(0);
});

test('no response and no item is larger than the lowered limit, which the largest append still fits', async () => {
  const limit = 2 * MiB;
  const env = { TRACKSIDE_LIMITS_RESPONSE_BYTES: `${limit}`, TRACKSIDE_TRACKER_PARTITIONS: '200' };
  const { tracker } = await startSidecar({ env });
  const id = text(512);
  const appendId = (n: number) => `${n}`.padEnd(128, 'i');
  const event = { type: 'ä'.repeat(64), name: 'ö'.repeat(90), metadata: '', data: '{}' };
  const room = MiB - 1000 * (eventOverhead + 128 + 180) - 10_000;
  const events = upTo(1000).map(() => ({ ...event, data: `{"t":"${text(Math.floor(room / 1000) - 8)}"}` }));
  for (const n of upTo(3)) await append(tracker, id, events, appendId(n));

  const start = { case: 'beginning', value: {} } as const;
  const subscriber = new Subscriber(tracker, { start, maxBatchSize: 1000 });
  const items = await subscriber.until('caughtUp');
  expect(eventsOf(items).length).toBe(3000);
  const sizes = items.map((item) => toBinary(SubscribeEventsResponseSchema, { ...response, item }).length);
  expect(Math.max(...sizes)).toBeGreaterThan(1.5 * MiB);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);

  const list = await tracker.listEvents({ conversationId: id, pageSize: 1000 });
  expect(toBinary(ListEventsResponseSchema, list).length).toBeLessThanOrEqual(limit);
  const found = await tracker.getTracker({ conversationId: id });
  expect(toBinary(GetTrackerResponseSchema, found).length).toBeLessThanOrEqual(limit);
  expect(found.nextPageToken).not.toBe('');
});
const response = { $typeName: 'trackside.v1.SubscribeEventsResponse' } as const;

test('a state is derived from as many bytes as the limit says, not from more', async () => {
  const { tracker } = await startSidecar({ env: { TRACKSIDE_LIMITS_TRACKER_BYTES: `${MiB}` } });
  /** Appends an event that counts as that many bytes: 96 and its texts. */
  const fill = (conversationId: string, bytes: number, appendId: string) => {
    const texts = conversationId.length + appendId.length + 'slot'.length + '{"t":""}'.length;
    const data = `{"t":"${text(bytes - 96 - texts)}"}`;
    return append(tracker, conversationId, [{ type: 'slot', data }], appendId);
  };
  for (const conversationId of ['a', 'b']) await fill(conversationId, MiB - 100_000, '1');
  await fill('a', 100_000, '2');
  await fill('b', 100_001, '2');
  const read = (conversationId: string) => tracker.getTracker({ conversationId, includeState: true });
  expect((await read('a')).tracker!.events.length).toBe(2);
  expect(await failureOf(read('b'))).toMatchObject(tooLarge('tracker_bytes', MiB));
  expect((await tracker.getTracker({ conversationId: 'b' })).tracker!.events.length).toBe(2);
});

const overloaded = (limit: string, max: number) => ({
  code: 'UNAVAILABLE',
  reason: 'OVERLOADED',
  metadata: { limit, max: `${max}` },
});

test('trackers under way hold as many bytes as the limit says; what they held is free again', async () => {
  const { tracker } = await startSidecar({ env: { TRACKSIDE_LIMITS_READING_BYTES: `${2 * MiB}` } });
  const half = [{ type: 't', data: `{"t":"${text(900 * KiB)}"}` }];
  for (let i = 0; i < 2; i++) await append(tracker, 'fits', half);
  for (let i = 0; i < 3; i++) await append(tracker, 'large', half);
  const read = (conversationId: string) => tracker.getTracker({ conversationId, includeState: true });
  expect(await failureOf(read('large'))).toMatchObject(overloaded('reading_bytes', 2 * MiB));
  for (let i = 0; i < 3; i++) await read('fits');
});

test('subscriptions: one more is refused until another ends', async () => {
  const { tracker } = await startSidecar({ env: { TRACKSIDE_LIMITS_SUBSCRIPTIONS: '2' } });
  const first = await liveSubscriber(tracker);
  await liveSubscriber(tracker);
  expect(await failureOf(new Subscriber(tracker).next())).toMatchObject(overloaded('subscriptions', 2));
  await append(tracker, 'a', some(1));
  expect((await first.next())?.case).toBe('events');
  first.cancel();
  for (let tries = 0; ; tries++) {
    const item = await new Subscriber(tracker).next().catch(() => undefined);
    if (item) break;
    expect(tries).toBeLessThan(100);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

describe('what waits to be written', () => {
  async function sqliteSidecar(env: Readonly<Record<string, string>>): Promise<Sidecar> {
    return startSidecar({ storage: `sqlite:${join(await temporaryFolder(), 'trackside.db')}`, env });
  }

  /** How many of some calls at once succeeded, where the others were overloaded. */
  async function countStored(
    calls: readonly Promise<unknown>[],
    limit: string,
    max: number,
  ): Promise<number> {
    const failures = await Promise.all(calls.map((call) => failureOf(call).catch(() => undefined)));
    for (const failure of failures) if (failure) expect(failure).toMatchObject(overloaded(limit, max));
    return failures.filter((failure) => !failure).length;
  }

  test('is bounded in calls; one more is refused and not written', async () => {
    const { tracker } = await sqliteSidecar({ TRACKSIDE_LIMITS_CALLS: '1' });
    await append(tracker, 'a', some(1));
    const stored = await countStored(
      upTo(50).map((n) => append(tracker, 'b', [numbered(n)])),
      'calls',
      1,
    );
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(50);
    expect(await countEvents(tracker, 'b')).toBe(stored);
  });

  test('is bounded in bytes; one more is refused and not written', async () => {
    const sidecar = await sqliteSidecar({ TRACKSIDE_LIMITS_PENDING_APPEND_BYTES: `${MiB}` });
    const trackers = upTo(8).map(() => connectTo(sidecar.address).tracker);
    await Promise.all(trackers.map((one) => countEvents(one, 'a')));
    const events = [{ type: 't', data: `{"t":"${text(600 * KiB)}"}` }];
    const calls = upTo(5).flatMap(() => trackers.map((one) => append(one, 'a', events)));
    const stored = await countStored(calls, 'pending_append_bytes', MiB);
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(40);
    expect(await countEvents(sidecar.tracker, 'a')).toBe(stored);
    await append(sidecar.tracker, 'a', events);
  });
});
