import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LockClient } from '@trackside/client';
import { HoldingKind, TakenPolicy } from '#gen/trackside/v1/lock_service_pb.js';
import { badInput, failureOf, span } from './calls.js';
import { engines, eventually, hold, newStore, ownersOf, startLocks } from './lock.js';
import { cleanUp } from './sidecar.js';

afterAll(cleanUp);

const lost = (cause: string) => ({
  code: 'FAILED_PRECONDITION',
  reason: 'LEASE_LOST',
  metadata: expect.objectContaining({ cause, end_time: expect.stringMatching(/^\d{4}-.*Z$/) }),
});

describe.each(engines)('AcquireLock on %s', (engine) => {
  let lock = {} as LockClient;
  beforeAll(async () => {
    ({ lock } = await startLocks(await newStore(engine)));
  });

  async function acquire(lockId: string, owner = '', more: object = {}) {
    const { grant } = await lock.acquireLock({ lockId, owner, waitDuration: span(10_000), ...more });
    return grant!;
  }

  test('grants in the order in which it was asked, each as soon as the one before releases', async () => {
    let { fence } = await acquire('fair', 'holder');
    const owners = Array.from({ length: 20 }, (_, i) => `w${i}`);
    const granted: string[] = [];
    const waits = [];
    for (const [i, owner] of owners.entries()) {
      const wait = acquire('fair', owner);
      void wait.then(() => granted.push(owner));
      waits.push(wait);
      await eventually(async () => (await lock.getLock({ lockId: 'fair' })).waiters.length === i + 1);
    }
    expect(await ownersOf(lock, 'fair')).toEqual(['holder', ...owners]);
    for (const wait of waits) {
      await lock.releaseLock({ lockId: 'fair', fence });
      const grant = await wait;
      expect(grant.fence).toBeGreaterThan(fence);
      ({ fence } = grant);
    }
    expect(granted).toEqual(owners);
    await lock.releaseLock({ lockId: 'fair', fence });
    expect(await ownersOf(lock, 'fair')).toBeUndefined();
  });

  test('without a wait, tells who has the lock', async () => {
    const { fence } = await acquire('held', 'me');
    const { grant, holder } = await lock.acquireLock({ lockId: 'held' });
    expect(grant).toBeUndefined();
    expect(holder).toMatchObject({ fence, owner: 'me', kind: HoldingKind.LEASE, interrupted: false });
  });

  test('at the end of its wait leaves no ticket, and tells who has the lock', async () => {
    const { fence } = await acquire('waited', 'me');
    const begun = performance.now();
    const { grant, holder } = await lock.acquireLock({ lockId: 'waited', waitDuration: span(200) });
    expect(performance.now() - begun).toBeGreaterThan(195);
    expect(grant).toBeUndefined();
    expect(holder).toMatchObject({ fence, owner: 'me' });
    expect(await ownersOf(lock, 'waited')).toEqual(['me']);
    await lock.releaseLock({ lockId: 'waited', fence });
    expect(await ownersOf(lock, 'waited')).toBeUndefined();
  });

  test('whose client gives up, or whose deadline passes, leaves no ticket', async () => {
    await acquire('given-up', 'me');
    const aborter = new AbortController();
    const { signal } = aborter;
    const request = { lockId: 'given-up', waitDuration: span(10_000) };
    const cancelled = failureOf(lock.acquireLock({ ...request, owner: 'a' }, { signal }));
    const late = failureOf(lock.acquireLock({ ...request, owner: 'b' }, { timeoutMs: 300 }));
    await eventually(async () => (await ownersOf(lock, 'given-up'))!.length === 3);
    aborter.abort();
    expect(await cancelled).toMatchObject({ code: 'CANCELLED' });
    expect(await late).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await eventually(async () => (await ownersOf(lock, 'given-up'))!.length === 1);
  });

  test('counts the lifetime from the grant, not from the request', async () => {
    const first = await acquire('lifetime', '', { lifetime: span(60_000) });
    const waiting = acquire('lifetime', '', { lifetime: span(2_000) });
    await sleep(1_500);
    await lock.releaseLock({ lockId: 'lifetime', fence: first.fence });
    const { remaining, fence } = await waiting;
    expect(remaining).toMatchObject({ seconds: 1n });
    expect(remaining!.nanos).toBeGreaterThan(500e6);
    await sleep(1_000);
    expect((await lock.getLock({ lockId: 'lifetime' })).lock!.holder!.fence).toBe(fence);
    await eventually(async () => (await ownersOf(lock, 'lifetime')) === undefined, 2_500);
  });

  test('passes the lock on at the end of its lifetime, and says so to the one that is late', async () => {
    const late = await acquire('expiring', '', { lifetime: span(100) });
    const begun = performance.now();
    const next = await acquire('expiring');
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(next.fence).toBeGreaterThan(late.fence);
    const holding = { lockId: 'expiring', fence: late.fence };
    expect(await failureOf(lock.renewLock(holding))).toMatchObject(lost('expired'));
    expect(await failureOf(lock.releaseLock(holding))).toMatchObject(lost('expired'));
    await lock.releaseLock({ lockId: 'expiring', fence: next.fence });
  });

  test('is extended by RenewLock alone, which counts from now', async () => {
    const lifetime = span(1_900);
    const { fence } = await acquire('renewed', '', { lifetime });
    for (const _ of [1, 2, 3]) {
      await sleep(1_000);
      const { remaining, waiting } = await lock.renewLock({ lockId: 'renewed', fence, lifetime });
      expect(waiting).toBe(0);
      expect(remaining!.seconds).toBe(1n);
      expect(remaining!.nanos).toBeGreaterThan(700e6);
    }
    expect((await lock.renewLock({ lockId: 'renewed', fence })).remaining!.seconds).toBe(59n);
    await lock.renewLock({ lockId: 'renewed', fence, lifetime: span(10) });
    await eventually(async () => (await ownersOf(lock, 'renewed')) === undefined, 2_000);
  });

  test('a release can be repeated, and a renewal after it is told so', async () => {
    const { fence } = await acquire('released');
    expect(await lock.releaseLock({ lockId: 'released', fence })).toMatchObject({ duplicate: false });
    expect(await lock.releaseLock({ lockId: 'released', fence })).toMatchObject({ duplicate: true });
    expect(await failureOf(lock.renewLock({ lockId: 'released', fence }))).toMatchObject(lost('released'));
    const unknown = await failureOf(lock.releaseLock({ lockId: 'released', fence: 1n }));
    expect(unknown).toMatchObject({
      reason: 'LEASE_LOST',
      metadata: { lock_id: 'released', fence: '1', cause: 'unknown' },
    });
  });

  test('REJECT fails at once, with who has the lock', async () => {
    const { fence } = await acquire('rejected', 'me');
    const asked = { lockId: 'rejected', takenPolicy: TakenPolicy.REJECT, waitDuration: span(10_000) };
    expect(await failureOf(lock.acquireLock(asked))).toMatchObject({
      code: 'ABORTED',
      reason: 'LOCK_TAKEN',
      metadata: { lock_id: 'rejected', fence: `${fence}`, owner: 'me', waiting: '0' },
    });
    await lock.releaseLock({ lockId: 'rejected', fence });
    expect((await lock.acquireLock(asked)).grant).toBeDefined();
  });

  test('INTERRUPT tells the holder, and waits', async () => {
    const { fence } = await acquire('interrupted');
    const waiting = acquire('interrupted', '', { takenPolicy: TakenPolicy.INTERRUPT });
    await eventually(async () => (await lock.getLock({ lockId: 'interrupted' })).lock!.waiting === 1);
    expect((await lock.getLock({ lockId: 'interrupted' })).lock!.holder!.interrupted).toBe(true);
    const told = await lock.renewLock({ lockId: 'interrupted', fence });
    expect(told).toMatchObject({ interrupted: true, waiting: 1 });
    await lock.releaseLock({ lockId: 'interrupted', fence });
    const next = await waiting;
    expect((await lock.renewLock({ lockId: 'interrupted', fence: next.fence })).interrupted).toBe(false);
  });

  test('a repeat gets the ticket, then the grant, and then how it ended', async () => {
    const first = await acquire('repeated', '', { requestId: 'r1' });
    expect(await acquire('repeated', '', { requestId: 'r1' })).toMatchObject({ fence: first.fence });
    const waiting = [1, 2].map(() => acquire('repeated', 'twice', { requestId: 'r2' }));
    await eventually(async () => (await ownersOf(lock, 'repeated'))!.length === 2);
    await lock.releaseLock({ lockId: 'repeated', fence: first.fence });
    const [one, two] = await Promise.all(waiting);
    expect(one!.fence).toBe(two!.fence);
    await lock.releaseLock({ lockId: 'repeated', fence: one!.fence });
    expect(await failureOf(acquire('repeated', '', { requestId: 'r2' }))).toMatchObject(lost('released'));
  });

  test('of two calls with one request_id, the end of one leaves the ticket to the other', async () => {
    const first = await acquire('shared');
    const request = { lockId: 'shared', requestId: 'r', waitDuration: span(10_000) };
    const aborter = new AbortController();
    const gone = failureOf(lock.acquireLock(request, { signal: aborter.signal }));
    const short = lock.acquireLock({ ...request, waitDuration: span(100) });
    const stays = lock.acquireLock(request);
    await sleep(50);
    aborter.abort();
    expect(await gone).toMatchObject({ code: 'CANCELLED' });
    expect((await short).grant).toBeUndefined();
    expect(await ownersOf(lock, 'shared')).toHaveLength(2);
    await lock.releaseLock({ lockId: 'shared', fence: first.fence });
    const { grant } = await stays;
    expect((await lock.getLock({ lockId: 'shared' })).lock!.holder!.fence).toBe(grant!.fence);
  });

  test('DeleteLock ends a holding, of a fence or any, and the next has the lock', async () => {
    const { fence } = await acquire('deleted');
    const waiting = acquire('deleted', 'next');
    await eventually(async () => (await ownersOf(lock, 'deleted'))!.length === 2);
    expect(await lock.deleteLock({ lockId: 'deleted', fence: fence + 1n })).toMatchObject({ deleted: false });
    expect(await lock.deleteLock({ lockId: 'deleted', fence })).toMatchObject({ deleted: true });
    await waiting;
    expect(await ownersOf(lock, 'deleted')).toEqual(['next']);
    expect(await lock.deleteLock({ lockId: 'deleted', fence })).toMatchObject({ deleted: false });
    expect(await failureOf(lock.releaseLock({ lockId: 'deleted', fence }))).toMatchObject(lost('deleted'));
    expect(await lock.deleteLock({ lockId: 'deleted' })).toMatchObject({ deleted: true });
    expect(await lock.deleteLock({ lockId: 'deleted' })).toMatchObject({ deleted: false });
  });

  test('ListLocks pages through the locks that are held, in the order of their ids', async () => {
    const ids = ['list:', 'list:a', 'list:b', 'list:é', 'list:😀'];
    for (const lockId of [...ids].reverse()) await acquire(lockId, lockId);
    const found: string[] = [];
    let pageToken = '';
    do {
      const page = await lock.listLocks({ lockIdPrefix: 'list:', pageSize: 2, pageToken });
      found.push(...page.locks.map(({ lockId, holder }) => (holder!.owner === lockId ? lockId : '?')));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(found).toEqual(ids);
    expect((await lock.listLocks({ lockIdPrefix: 'list:x' })).locks).toEqual([]);
  });

  test("a stream's holding is not RenewLock's, but ReleaseLock ends it", async () => {
    const { fence } = await hold(lock, { lockId: 'kind', owner: 's' });
    expect(await failureOf(lock.renewLock({ lockId: 'kind', fence }))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'WRONG_KIND',
      metadata: { lock_id: 'kind', kind: 'stream' },
    });
    expect((await lock.getLock({ lockId: 'kind' })).lock!.holder!.kind).toBe(HoldingKind.STREAM);
    expect(await lock.releaseLock({ lockId: 'kind', fence })).toMatchObject({ duplicate: false });
  });
});

describe('bad input is refused, with the field and the fix', () => {
  let lock = {} as LockClient;
  beforeAll(async () => {
    ({ lock } = await startLocks('memory:'));
  });
  const lockId = 'l';
  const first = (request: object) => lock.holdLock(request)[Symbol.asyncIterator]().next();

  test.each([
    ['lock_id', () => lock.acquireLock({})],
    ['lock_id', () => lock.acquireLock({ lockId: 'a\u0000' })],
    ['lock_id', () => lock.getLock({ lockId: 'x'.repeat(513) })],
    ['lock_id', () => lock.renewLock({ fence: 1n })],
    ['lock_id', () => lock.releaseLock({ fence: 1n })],
    ['lock_id', () => lock.deleteLock({})],
    ['lock_id', () => first({})],
    ['request_id', () => lock.acquireLock({ lockId, requestId: 'x'.repeat(129) })],
    ['request_id', () => first({ lockId, requestId: 'x\n' })],
    ['owner', () => lock.acquireLock({ lockId, owner: 'x'.repeat(129) })],
    ['owner', () => first({ lockId, owner: '\u007f' })],
    ['taken_policy', () => lock.acquireLock({ lockId, takenPolicy: 4 as TakenPolicy })],
    ['wait_duration', () => lock.acquireLock({ lockId, waitDuration: span(3_600_001) })],
    ['wait_duration', () => lock.acquireLock({ lockId, waitDuration: { seconds: -1n } })],
    ['wait_duration', () => first({ lockId, waitDuration: span(86_400_001) })],
    ['lifetime', () => lock.acquireLock({ lockId, lifetime: span(9) })],
    ['lifetime', () => lock.acquireLock({ lockId, lifetime: span(86_400_001) })],
    ['lifetime', () => lock.renewLock({ lockId, fence: 1n, lifetime: span(0) })],
    ['lifetime', () => first({ lockId, lifetime: span(9) })],
    ['fence', () => lock.renewLock({ lockId })],
    ['fence', () => lock.releaseLock({ lockId, fence: -1n })],
    ['fence', () => lock.releaseLock({ lockId, fence: 2n ** 53n })],
    ['fence', () => lock.deleteLock({ lockId, fence: 0n })],
    ['lock_id_prefix', () => lock.listLocks({ lockIdPrefix: 'x'.repeat(513) })],
    ['page_size', () => lock.listLocks({ pageSize: -1 })],
    ['page_token', () => lock.listLocks({ pageToken: 'p1.x.y' })],
  ] as const)('%s', async (field, call) => {
    expect(await failureOf(call())).toMatchObject(badInput(field));
  });

  test('limits hold at their edges', async () => {
    const request = {
      lockId: 'x'.repeat(512),
      requestId: 'é'.repeat(64),
      owner: 'o'.repeat(128),
      waitDuration: span(3_600_000),
      lifetime: span(86_400_000),
    };
    const { grant } = await lock.acquireLock(request);
    expect(grant!.remaining!.seconds).toBeGreaterThan(86_395n);
    const { fence } = grant!;
    await lock.renewLock({ lockId: request.lockId, fence, lifetime: span(10) });
    await hold(lock, { ...request, requestId: 'y', waitDuration: span(86_400_000) });
    expect(await ownersOf(lock, request.lockId)).toEqual([request.owner]);
  });
});
