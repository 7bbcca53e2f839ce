import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { HoldingEnd } from '#gen/trackside/v1/lock_service_pb.js';
import { failureOf, span } from './calls.js';
import { eventually, Holder, hold, ownersOf, startLocks } from './lock.js';
import { cleanUp, temporaryFolder } from './sidecar.js';
import { whileStoreStands } from './standstill.js';

afterEach(cleanUp);

const leaseMs = 4_000;

/** A sidecar whose store can be kept from writing: its own lock is on another file than the data. */
async function start() {
  const path = join(await temporaryFolder(), 'trackside.db');
  const { lock } = await startLocks(`sqlite:${path}`, { TRACKSIDE_LOCK_LEASE: `${leaseMs}ms` });
  /** The store stands still while `body` runs. */
  const stopped = <T>(body: () => Promise<T>): Promise<T> => whileStoreStands(path, body);
  return { lock, stopped };
}

test('where the store stands still, holders hear that it is uncertain before their lease ends; waits go on', async () => {
  const { lock, stopped } = await start();
  const { holder, fence } = await hold(lock, { lockId: 'l' });
  const waiting = lock.acquireLock({ lockId: 'l', waitDuration: span(60_000) });
  await eventually(async () => (await ownersOf(lock, 'l'))!.length === 2);
  await stopped(async () => {
    const begun = performance.now();
    expect(await holder.until('lost')).toMatchObject({ cause: HoldingEnd.UNCERTAIN, fence });
    expect(performance.now() - begun).toBeLessThan(leaseMs);
    expect(performance.now() - begun).toBeGreaterThan(leaseMs / 3);
    expect(await ownersOf(lock, 'l')).toHaveLength(2);
  });
  const { grant } = await waiting;
  expect(grant!.fence).toBeGreaterThan(fence);
  const next = new Holder(lock, { lockId: 'l' });
  expect(await next.until('queued')).toMatchObject({ ahead: 1 });
});

test('who is gone before it could be told of its grant leaves the lock free', async () => {
  const { lock, stopped } = await start();
  const aborter = new AbortController();
  const stream = await stopped(async () => {
    const call = failureOf(lock.acquireLock({ lockId: 'gone-call' }, { signal: aborter.signal }));
    const holder = new Holder(lock, { lockId: 'gone-stream' });
    await sleep(300);
    aborter.abort();
    holder.cancel();
    await sleep(100);
    expect(await call).toMatchObject({ code: 'CANCELLED' });
    return holder;
  });
  expect(await failureOf(stream.next())).toMatchObject({ code: 'CANCELLED' });
  // What was asked before it has taken effect by then.
  await lock.acquireLock({ lockId: 'behind' });
  const left = async () => (await lock.listLocks({ lockIdPrefix: 'gone-' })).locks;
  await eventually(async () => (await left()).length === 0, 1_000);
});

test('a release before the end of a wait that is found out after it is a grant', async () => {
  const { lock, stopped } = await start();
  const { grant: first } = await lock.acquireLock({ lockId: 'l' });
  const wait = lock.acquireLock({ lockId: 'l', owner: 'w', waitDuration: span(1_000) });
  const stream = await hold(lock, { lockId: 's' });
  const next = new Holder(lock, { lockId: 's', owner: 'w', waitDuration: span(1_000) });
  await eventually(async () => (await ownersOf(lock, 'l'))!.length === 2);
  await next.until('queued');
  await stopped(async () => {
    for (const [lockId, fence] of [['l', first!.fence] as const, ['s', stream.fence] as const]) {
      lock.releaseLock({ lockId, fence }).catch(() => {});
    }
    await sleep(1_500);
  });
  const { grant } = await wait;
  expect(grant!.fence).toBeGreaterThan(first!.fence);
  expect(await ownersOf(lock, 'l')).toEqual(['w']);
  expect((await next.until('granted')).fence).toBeGreaterThan(stream.fence);
  expect(await ownersOf(lock, 's')).toEqual(['w']);
});

test('a release behind the end of a wait is for the next: the wait has no grant', async () => {
  const { lock, stopped } = await start();
  const { grant: first } = await lock.acquireLock({ lockId: 'l' });
  const wait = lock.acquireLock({ lockId: 'l', waitDuration: span(1_000) });
  await eventually(async () => (await ownersOf(lock, 'l'))!.length === 2);
  const released = await stopped(async () => {
    await sleep(1_300);
    const release = lock.releaseLock({ lockId: 'l', fence: first!.fence });
    await sleep(200);
    return { release };
  });
  await released.release;
  expect((await wait).grant).toBeUndefined();
  expect(await ownersOf(lock, 'l')).toBeUndefined();
});

test('a grant that is stored together with its ticket is told at once', async () => {
  const { lock, stopped } = await start();
  const { grant: first } = await lock.acquireLock({ lockId: 'l' });
  const wait = await stopped(async () => {
    // The store is busy with this one, so that the next two come together.
    lock.acquireLock({ lockId: 'other' }).catch(() => {});
    await sleep(100);
    const call = lock.acquireLock({ lockId: 'l', waitDuration: span(60_000) });
    await sleep(100);
    lock.releaseLock({ lockId: 'l', fence: first!.fence }).catch(() => {});
    await sleep(100);
    return { call };
  });
  const begun = performance.now();
  expect((await wait.call).grant!.fence).toBeGreaterThan(first!.fence);
  // Otherwise the upkeep finds out, when a third of the lease is over.
  expect(performance.now() - begun).toBeLessThan(leaseMs / 4);
});
