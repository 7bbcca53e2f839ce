import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LockClient } from '@trackside/client';
import { span, upTo } from './calls.js';
import { holdsBy, ways } from './holds.js';
import { engines, eventually, Holder, newStore, ownersOf, separateClient, startLocks } from './lock.js';
import { closePipelines } from './pipeline.js';
import { cleanUp } from './sidecar.js';

afterAll(async () => {
  closePipelines();
  await cleanUp();
});

const rounds = upTo(20);
/** Locks that are tried at the same time. */
const locks = upTo(100);
const timeoutMs = 120_000;

describe.each(engines)('at the edge of a wait on %s', (engine) => {
  let lock = {} as LockClient;
  let address = '';
  beforeAll(async () => {
    ({ lock, address } = await startLocks(await newStore(engine)));
  });

  const acquire = async (lockId: string, more: object = {}) =>
    (await lock.acquireLock({ lockId, ...more })).grant;

  /** Releases a lock so that the grant comes as a wait of about so many milliseconds ends. */
  async function releaseAt(ms: number, lockId: string, fence: bigint): Promise<void> {
    await sleep(ms);
    await lock.releaseLock({ lockId, fence });
  }

  /** Who holds a lock, by fence; undefined where it is free. */
  const fenceOf = async (lockId: string) => (await lock.getLock({ lockId })).lock?.holder?.fence;

  test(
    'a grant that comes as the wait ends is told, or there is none: 2,000 times',
    async () => {
      const outcomes = { told: 0, none: 0 };
      // How much earlier than the wait's end a release is sent; it is found out where the edge is.
      let earlierMs = 0;
      for (const round of rounds) {
        const before = outcomes.told;
        await Promise.all(
          locks.map(async (n) => {
            const lockId = `wait-${round}-${n}`;
            const first = await acquire(lockId);
            const waitMs = 60 + (n % 5);
            const waiting = acquire(lockId, { waitDuration: span(waitMs) });
            await releaseAt(Math.max(waitMs - earlierMs, 0), lockId, first!.fence);
            const grant = await waiting;
            outcomes[grant ? 'told' : 'none'] += 1;
            expect(await fenceOf(lockId)).toBe(grant?.fence);
            if (grant) await lock.releaseLock({ lockId, fence: grant.fence });
          }),
        );
        const told = (outcomes.told - before) / locks.length;
        if (told < 0.3) earlierMs += 4;
        if (told > 0.7) earlierMs -= 3;
      }
      expect((await lock.listLocks({ lockIdPrefix: 'wait-' })).locks).toEqual([]);
      // Otherwise the edge was not met.
      expect(outcomes.told).toBeGreaterThan(20);
      expect(outcomes.none).toBeGreaterThan(20);
    },
    timeoutMs,
  );

  test(
    'a grant that comes as the client of a call goes away passes on: 2,000 times',
    async () => {
      let gone = 0;
      for (const round of rounds) {
        const client = separateClient(address);
        await Promise.all(
          locks.map(async (n) => {
            const lockId = `gone-${round}-${n}`;
            const first = await acquire(lockId);
            const aborter = new AbortController();
            // Whoever was answered before it went away has the lock for its lifetime.
            const request = { lockId, waitDuration: span(20_000), lifetime: span(500) };
            const waiting = client.acquireLock(request, { signal: aborter.signal }).catch(() => void gone++);
            const next = acquire(lockId, { waitDuration: span(20_000) });
            const released = releaseAt(20, lockId, first!.fence);
            await sleep(19 + (n % 3));
            aborter.abort();
            await Promise.all([waiting, released]);
            await lock.releaseLock({ lockId, fence: (await next)!.fence });
          }),
        );
      }
      expect(gone).toBeGreaterThan(500);
      expect((await lock.listLocks({ lockIdPrefix: 'gone-' })).locks).toEqual([]);
    },
    timeoutMs,
  );

  test.each(ways)(
    'a grant that comes as a hold by %s is cancelled passes on at once: 500 times',
    async (way) => {
      for (const round of rounds.slice(0, 5)) {
        const holds = way === 'a pipeline' ? await holdsBy(way, address) : separateClient(address);
        await Promise.all(
          locks.map(async (n) => {
            const lockId = `closed-${way}-${round}-${n}`;
            const first = await acquire(lockId);
            const stream = new Holder(holds, { lockId });
            await stream.until('queued');
            const next = acquire(lockId, { waitDuration: span(2_000) });
            const released = releaseAt(20, lockId, first!.fence);
            await sleep(19 + (n % 3));
            stream.cancel();
            await released;
            await lock.releaseLock({ lockId, fence: (await next)!.fence });
          }),
        );
      }
      expect((await lock.listLocks({ lockIdPrefix: 'closed-' })).locks).toEqual([]);
    },
    timeoutMs,
  );

  test('a repeat whose client gives up leaves the holding to the call that was answered', async () => {
    const request = { lockId: 'kept', requestId: 'r' };
    const grant = await acquire('kept', request);
    const client = separateClient(address);
    for (const n of upTo(200)) {
      const aborter = new AbortController();
      const repeat = client.acquireLock(request, { signal: aborter.signal }).catch(() => {});
      await sleep(n % 4);
      aborter.abort();
      await repeat;
    }
    await sleep(100);
    expect(await fenceOf('kept')).toBe(grant!.fence);
  });

  test(
    'a line of waits that end as the lock goes round leaves nobody and nothing behind',
    async () => {
      const lockId = 'line';
      let told = 0;
      const waits = upTo(200).map(async (n) => {
        const grant = await acquire(lockId, { waitDuration: span(1_000 + (n % 200) * 5) });
        if (!grant) return;
        told += 1;
        await sleep(1);
        await lock.releaseLock({ lockId, fence: grant.fence });
      });
      await Promise.all(waits);
      expect(told).toBeGreaterThan(10);
      await eventually(async () => (await ownersOf(lock, lockId)) === undefined, 100);
    },
    timeoutMs,
  );
});
