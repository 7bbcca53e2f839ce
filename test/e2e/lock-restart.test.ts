import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { HoldingEnd } from '#gen/trackside/v1/lock_service_pb.js';
import { failureOf, span } from './calls.js';
import { holdsBy, ways } from './holds.js';
import { engines, eventually, Holder, hold, newStore, ownersOf, startLocks } from './lock.js';
import { closePipelines } from './pipeline.js';
import { cleanUp } from './sidecar.js';

afterEach(async () => {
  closePipelines();
  await cleanUp();
});

const shuttingDown = { code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' };

test.each(engines)('fences grow across restarts, also where nothing is remembered: %s', async (engine) => {
  const storage = await newStore(engine);
  let last = 0n;
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
    const { lock, end } = await startLocks(storage);
    for (const _ of [1, 2]) {
      const { grant } = await lock.acquireLock({
        lockId: 'l',
        waitDuration: span(1_000),
        lifetime: span(10),
      });
      expect(grant!.fence).toBeGreaterThan(last);
      last = grant!.fence;
    }
    await end(signal);
  }
});

describe.each(['SIGTERM', 'SIGKILL'] as const)('after %s and a start', (signal) => {
  test.each(ways)(
    'by %s tickets and grants are taken back by request_id, with the same fence',
    async (way) => {
      const storage = await newStore('sqlite');
      const before = await startLocks(storage);
      const holdsBefore = await holdsBy(way, before.address);
      const held = await hold(holdsBefore, { lockId: 'l', requestId: 'h', owner: 'h' });
      const waiting = new Holder(holdsBefore, { lockId: 'l', requestId: 'w', owner: 'w' });
      const { ticket } = await waiting.until('queued');
      await before.end(signal);

      const { lock, address } = await startLocks(storage);
      const holds = await holdsBy(way, address);
      const other = lock.acquireLock({ lockId: 'l', owner: 'o', waitDuration: span(30_000) });
      const again = new Holder(holds, { lockId: 'l', requestId: 'w', owner: 'w' });
      expect(await again.until('queued')).toMatchObject({ ticket, ahead: 1 });
      const back = await hold(holds, { lockId: 'l', requestId: 'h', owner: 'h' });
      expect(back.fence).toBe(held.fence);
      expect(await ownersOf(lock, 'l')).toEqual(['h', 'w', 'o']);
      back.holder.cancel();
      const granted = await again.until('granted');
      expect(granted.fence).toBeGreaterThan(held.fence);
      again.cancel();
      expect((await other).grant!.fence).toBeGreaterThan(granted.fence);
    },
  );

  test('what nobody comes back for is free when its lease is over', async () => {
    const storage = await newStore('sqlite');
    const env = { TRACKSIDE_LOCK_LEASE: '2s' };
    const before = await startLocks(storage, env);
    const begun = performance.now();
    await hold(before.lock, { lockId: 'l' });
    await new Holder(before.lock, { lockId: 'l' }).until('queued');
    await before.end(signal);
    const { lock } = await startLocks(storage, env);
    const { grant } = await lock.acquireLock({ lockId: 'l', waitDuration: span(10_000) });
    expect(grant).toBeDefined();
    const took = performance.now() - begun;
    expect(took).toBeGreaterThan(1_900);
    // The holder's lease, and that of whom it passed to, which was dead too but for its ticket.
    expect(took).toBeLessThan(5_000);
  });

  test("a call's holding stays until its lifetime ends, and its fence releases it", async () => {
    const storage = await newStore('sqlite');
    const before = await startLocks(storage);
    const { grant } = await before.lock.acquireLock({ lockId: 'l', requestId: 'r' });
    await before.end(signal);
    const { lock } = await startLocks(storage);
    const again = await lock.acquireLock({ lockId: 'l', requestId: 'r' });
    expect(again.grant).toMatchObject({ fence: grant!.fence, ticket: grant!.ticket });
    expect(Number(again.grant!.remaining!.seconds)).toBeLessThan(60);
    await lock.releaseLock({ lockId: 'l', fence: grant!.fence });
    expect(await ownersOf(lock, 'l')).toBeUndefined();
  });
});

describe.each(engines)('a sidecar on %s that stops', (engine) => {
  test.each(ways)('ends waits and holds by %s with SHUTTING_DOWN, quickly', async (way) => {
    const { lock, address, end } = await startLocks(await newStore(engine));
    const holds = await holdsBy(way, address);
    const { holder } = await hold(holds, { lockId: 'l' });
    const waiting = new Holder(holds, { lockId: 'l' });
    await waiting.until('queued');
    const call = failureOf(lock.acquireLock({ lockId: 'l', waitDuration: span(60_000) }));
    await eventually(async () => (await ownersOf(lock, 'l'))!.length === 3);
    const begun = performance.now();
    const ended = end('SIGTERM');
    expect(await call).toMatchObject(shuttingDown);
    expect(await failureOf(holder.next())).toMatchObject(shuttingDown);
    expect(await failureOf(waiting.next())).toMatchObject(shuttingDown);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});

test('a call that waited as the sidecar stopped left no ticket', async () => {
  const storage = await newStore('sqlite');
  const before = await startLocks(storage);
  await hold(before.lock, { lockId: 'l', owner: 'h', requestId: 'h' });
  const call = failureOf(before.lock.acquireLock({ lockId: 'l', owner: 'w', waitDuration: span(60_000) }));
  await eventually(async () => (await ownersOf(before.lock, 'l'))!.length === 2);
  await before.end('SIGTERM');
  await call;
  const { lock } = await startLocks(storage);
  expect(await ownersOf(lock, 'l')).toEqual(['h']);
});

test('a sidecar that stalled for longer than the lease tells its holders so', async () => {
  const { lock, pid } = await startLocks('memory:', { TRACKSIDE_LOCK_LEASE: '1s' });
  const { holder, fence } = await hold(lock, { lockId: 'l' });
  process.kill(pid, 'SIGSTOP');
  await sleep(1_500);
  process.kill(pid, 'SIGCONT');
  const lost = await holder.until('lost');
  expect(lost.fence).toBe(fence);
  expect([HoldingEnd.UNCERTAIN, HoldingEnd.EXPIRED]).toContain(lost.cause);
  await eventually(async () => (await ownersOf(lock, 'l')) === undefined);
});

test('TICKET_LOCK_LIFETIME is the lifetime that calls have where they give none', async () => {
  const { lock } = await startLocks('memory:', { TICKET_LOCK_LIFETIME: '7' });
  const { grant } = await lock.acquireLock({ lockId: 'l' });
  expect(grant!.remaining!.seconds).toBe(6n);
  const { remaining } = await lock.renewLock({ lockId: 'l', fence: grant!.fence });
  expect(remaining!.seconds).toBe(6n);
});
