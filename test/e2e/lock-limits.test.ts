import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { failureOf, span, upTo } from './calls.js';
import { crowd } from './heap.js';
import { engines, eventually, Holder, hold, newStore, ownersOf, separateClient, startLocks } from './lock.js';
import { cleanUp } from './sidecar.js';

afterEach(cleanUp);

const timeoutMs = 180_000;

function overloaded(limit: string, max: number) {
  return { code: 'UNAVAILABLE', reason: 'OVERLOADED', metadata: { limit, max: `${max}` } };
}

test.each(engines)('so many may wait for a lock and no more: %s', async (engine) => {
  const { lock } = await startLocks(await newStore(engine), { TRACKSIDE_LIMITS_LOCK_WAITING: '3' });
  const { holder } = await hold(lock, { lockId: 'l' });
  const request = { lockId: 'l', waitDuration: span(10_000), lifetime: span(10) };
  const waiting = upTo(3).map(() => lock.acquireLock(request));
  await eventually(async () => (await ownersOf(lock, 'l'))!.length === 4);
  const refused = overloaded('lock_waiting', 3);
  expect(await failureOf(lock.acquireLock(request))).toMatchObject(refused);
  expect(await failureOf(new Holder(lock, { lockId: 'l' }).next())).toMatchObject(refused);
  holder.cancel();
  for (const { grant } of await Promise.all(waiting)) expect(grant).toBeDefined();
});

test('so many streams may be open and no more; one that takes its request over counts once', async () => {
  const { lock } = await startLocks('memory:', { TRACKSIDE_LIMITS_HOLDINGS: '2' });
  const first = await hold(lock, { lockId: 'a', requestId: 'r' });
  const second = new Holder(lock, { lockId: 'a' });
  await second.until('queued');
  expect(await failureOf(new Holder(lock, { lockId: 'b' }).next())).toMatchObject(overloaded('holdings', 2));
  const again = await hold(lock, { lockId: 'a', requestId: 'r' });
  expect(again.fence).toBe(first.fence);
  again.holder.cancel();
  await second.until('granted');
  await hold(lock, { lockId: 'b' });
});

describe.each([
  ['memory', crowd / 5, crowd / 2],
  ['sqlite', crowd / 20, crowd / 10],
] as const)('what comes and goes leaves nothing on %s', (engine, streams, waits) => {
  /** A sidecar that ends where its heap grows beyond that many MiB. */
  const startBounded = async (heap: number) =>
    startLocks(await newStore(engine), { NODE_OPTIONS: `--max-old-space-size=${heap}` });

  test(
    `${streams} streams`,
    async () => {
      // What is remembered of those that held the lock, 1 KiB each at most, is among it.
      const { lock, address } = await startBounded(64);
      for (const round of upTo(streams / 500)) {
        const client = separateClient(address);
        const opened = upTo(500).map((n) => new Holder(client, { lockId: `${round}-${n % 250}` }));
        await Promise.all(opened.map((stream) => stream.next()));
        for (const stream of opened) stream.cancel();
        await eventually(async () => (await lock.listLocks({})).locks.length === 0);
      }
    },
    timeoutMs,
  );

  test(
    `${waits} waits`,
    async () => {
      const { lock } = await startBounded(64);
      for (const n of upTo(10)) await lock.acquireLock({ lockId: `${n}`, lifetime: span(3_600_000) });
      for (const _ of upTo(waits / 1_000)) {
        const waiting = upTo(1_000).map((n) =>
          lock.acquireLock({ lockId: `${(n % 10) + 1}`, waitDuration: span(100) }),
        );
        for (const { grant, holder } of await Promise.all(waiting)) {
          expect(grant).toBeUndefined();
          expect(holder).toBeDefined();
        }
      }
      const { locks } = await lock.listLocks({});
      expect(locks.map(({ waiting }) => waiting)).toEqual(upTo(10).map(() => 0));
    },
    timeoutMs,
  );
});

test('an idle sidecar with waiting streams does next to nothing', async () => {
  const { lock, pid } = await startLocks('memory:');
  const { holder } = await hold(lock, { lockId: 'l' });
  for (const _ of upTo(500)) await new Holder(lock, { lockId: 'l' }).until('queued');
  const before = cpuMs(pid);
  await sleep(4_000);
  expect(cpuMs(pid) - before).toBeLessThan(400);
  holder.cancel();
});

/** The processor time that a process has taken, in milliseconds. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
