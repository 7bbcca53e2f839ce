import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HoldingEnd, type HoldLockResponse } from '#gen/trackside/v1/lock_service_pb.js';
import { inNamespace, newNamespace, shared, stopShared } from '../backends/redis-tools.js';
import { isThere, serverNamed } from '../servers/servers.js';
import { append, badInput, failureOf, some, span, upTo } from './calls.js';
import { holdsBy, ways } from './holds.js';
import { engines, eventually, type HoldClient, Holder, newStore, ownersOf, startLocks } from './lock.js';
import { closePipelines } from './pipeline.js';
import { cleanUp } from './sidecar.js';

afterAll(async () => {
  closePipelines();
  await cleanUp();
  await stopShared();
});

const stores = isThere(serverNamed('redis')) ? ([...engines, 'redis'] as const) : engines;
const MiB = 1 << 20;

/** Where a sidecar keeps things. */
async function storageOf(store: (typeof stores)[number]): Promise<string> {
  if (store !== 'redis') return newStore(store);
  return inNamespace((await shared('redis')).url, newNamespace());
}

const cases = stores.flatMap((store) => ways.map((way) => [store, way] as const));

describe.each(cases)('a tracker with the grant on %s, by %s', (store, way) => {
  let sidecar = {} as Awaited<ReturnType<typeof startLocks>>;
  let holds = {} as HoldClient;
  /** The test's own conversation and lock. */
  let id = '';
  let tests = 0;
  beforeAll(async () => {
    sidecar = await startLocks(await storageOf(store));
    holds = await holdsBy(way, sidecar.address);
  });
  beforeEach(() => {
    id = `conversation-${++tests}`;
  });

  /** Holds the lock and reads; the grant, what came with it, and whoever holds it. */
  async function holdAndRead(getTracker: object, more: object = {}) {
    const holder = new Holder(holds, {
      lockId: id,
      getTracker: { conversationId: id, ...getTracker },
      ...more,
    });
    let response = (await holder.nextResponse())!;
    while (response.item.case === 'queued') response = (await holder.nextResponse())!;
    return { holder, response, fence: fenceOf(response), answer: response.getTracker };
  }

  test('is what GetTracker answers', async () => {
    await append(sidecar.tracker, id, some(3));
    const request = { includeState: true, maxEvents: 2 };
    const { holder, answer, response } = await holdAndRead(request);
    expect(response.item.case).toBe('granted');
    expect(answer!.tracker!.events.map(({ sequence }) => sequence)).toEqual([2n, 3n]);
    expect(answer).toEqual(await sidecar.tracker.getTracker({ conversationId: id, ...request }));
    holder.cancel();
  });

  test('comes with the grant alone, to one who waited too', async () => {
    const first = await holdAndRead({});
    const next = new Holder(holds, { lockId: id, getTracker: { conversationId: id } });
    const queued = await next.nextResponse();
    expect([queued!.item.case, queued!.getTracker]).toEqual(['queued', undefined]);
    await append(sidecar.tracker, id, some(2));
    first.holder.cancel();
    const granted = await next.nextResponse();
    expect(granted).toMatchObject({ item: { case: 'granted' }, getTracker: { tracker: { sequence: 2n } } });
    await sidecar.lock.deleteLock({ lockId: id });
    const lost = await next.nextResponse();
    expect([lost!.item.case, lost!.getTracker]).toEqual(['lost', undefined]);
  });

  test('is read by the fence of the grant: who held the lock before can append no more', async () => {
    await append(sidecar.tracker, id, some(1));
    const { holder, fence } = await holdAndRead({});
    const event = { conversationId: id, events: some(1) };
    expect(await failureOf(sidecar.tracker.appendEvents({ ...event, fence: fence - 1n }))).toMatchObject({
      reason: 'FENCE_STALE',
      metadata: expect.objectContaining({ highest_fence: `${fence}` }),
    });
    expect(await sidecar.tracker.appendEvents({ ...event, fence })).toMatchObject({ lastSequence: 2n });
    holder.cancel();
  });

  test('is what came behind the revision that the caller has', async () => {
    await append(sidecar.tracker, id, some(3));
    const { holder, answer } = await holdAndRead({});
    await append(sidecar.tracker, id, some(2));
    holder.cancel();
    const next = await holdAndRead({ knownRevision: answer!.tracker!.revision });
    expect(next.answer!.tracker).toMatchObject({ continued: true, sequence: 5n });
    expect(next.answer!.tracker!.events.map(({ sequence }) => sequence)).toEqual([4n, 5n]);
    next.holder.cancel();
  });

  test('is empty where the conversation is', async () => {
    const { holder, answer } = await holdAndRead({});
    expect(answer).toMatchObject({ tracker: { conversationId: id, sequence: 0n, events: [] } });
    holder.cancel();
  });

  test('is left out where it can not be read; the lock is held', async () => {
    const before = sidecar.lines.length;
    await append(sidecar.tracker, id, some(1));
    const far = BigInt(Date.now() + 3_600_000) * 1_000n;
    await sidecar.tracker.appendEvents({ conversationId: id, events: some(1), fence: far });
    const { holder, response, answer, fence } = await holdAndRead({});
    expect([response.item.case, answer]).toEqual(['granted', undefined]);
    expect((await sidecar.lock.getLock({ lockId: id })).lock!.holder!.fence).toBe(fence);
    const again = sidecar.tracker.getTracker({ conversationId: id, fence });
    expect(await failureOf(again)).toMatchObject({ reason: 'FENCE_STALE' });
    // The client's doing, which is not logged.
    expect(sidecar.lines.slice(before)).toEqual([]);
    holder.cancel();
  });

  test.each([
    ['conversation_id', { conversationId: '' }],
    ['conversation_id', { conversationId: 'a\nb' }],
    ['event_verbosity', { eventVerbosity: 99 }],
    ['max_events', { maxEvents: -1 }],
    ['known_revision', { knownRevision: 'nonsense' }],
    ['fence', { fence: 7n }],
    ['page_token', { pageToken: 'token' }],
  ])('is refused before the lock is asked for, where its %s is wrong', async (field, wrong) => {
    const holder = new Holder(holds, { lockId: id, getTracker: { conversationId: id, ...wrong } });
    expect(await failureOf(holder.next())).toMatchObject(badInput(`get_tracker.${field}`));
    expect(await ownersOf(sidecar.lock, id)).toBeUndefined();
    const { grant } = await sidecar.lock.acquireLock({ lockId: id, requestId: 'r' });
    const taken = new Holder(holds, { lockId: id, getTracker: { conversationId: id, ...wrong } });
    expect(await failureOf(taken.next())).toMatchObject(badInput(`get_tracker.${field}`));
    await sidecar.lock.releaseLock({ lockId: id, fence: grant!.fence });
  });

  test('may be as large as an answer may be', async () => {
    for (const _ of upTo(5)) {
      const events = [{ type: 'slot', data: JSON.stringify({ text: 'x'.repeat(MiB - 1_000) }) }];
      await append(sidecar.tracker, id, events);
    }
    const { holder, answer } = await holdAndRead({});
    expect(answer!.tracker!.events.length).toBeGreaterThanOrEqual(3);
    expect(answer!.nextPageToken).not.toBe('');
    const rest = await sidecar.tracker.getTracker({ conversationId: id, pageToken: answer!.nextPageToken });
    expect(rest.tracker!.events.length + answer!.tracker!.events.length).toBe(5);
    holder.cancel();
  });
});

function fenceOf({ item }: HoldLockResponse): bigint {
  return item.case === 'granted' ? item.value.fence : 0n;
}

describe.each(ways)('a grant whose tracker takes long to read, by %s', (way) => {
  let sidecar = {} as Awaited<ReturnType<typeof startLocks>>;
  let holds = {} as HoldClient;
  const getTracker = { conversationId: 'long', includeState: true, maxEvents: 1 };
  beforeAll(async () => {
    sidecar = await startLocks(await newStore('sqlite'), {
      TRACKSIDE_STORAGE_LOCK: 'memory:',
      TRACKSIDE_LOG_LEVEL: 'info',
    });
    holds = await holdsBy(way, sidecar.address);
    for (const _ of upTo(40)) await append(sidecar.tracker, 'long', some(1_000));
  }, 60_000);

  test('is not told where it is lost meanwhile', async () => {
    const holder = new Holder(holds, { lockId: 'lost', lifetime: span(10), getTracker });
    const lost = await holder.nextResponse();
    expect(lost!.item).toMatchObject({ case: 'lost', value: { cause: HoldingEnd.EXPIRED } });
    expect(lost!.getTracker).toBeUndefined();
    expect(await holder.next()).toBeUndefined();
  });

  test('is free at once where it is cancelled meanwhile', async () => {
    const begun = performance.now();
    const reading = new Holder(holds, { lockId: 'whole', getTracker });
    await reading.until('granted');
    const took = performance.now() - begun;
    reading.cancel();
    const holder = new Holder(holds, { lockId: 'cancelled', getTracker });
    await eventually(async () => (await ownersOf(sidecar.lock, 'cancelled')) !== undefined);
    const cancelled = performance.now();
    holder.cancel();
    await eventually(async () => (await ownersOf(sidecar.lock, 'cancelled')) === undefined);
    expect(performance.now() - cancelled).toBeLessThan(took / 2);
  });
});
