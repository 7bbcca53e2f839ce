import { afterEach, describe, expect, test } from '@jest/globals';
import { append, failureOf, span, upTo } from './calls.js';
import { heapOf, heapProbe } from './heap.js';
import { holdsBy, ways } from './holds.js';
import { eventually, Holder, newStore, startLocks } from './lock.js';
import { closePipelines } from './pipeline.js';
import { cleanUp } from './sidecar.js';

afterEach(async () => {
  closePipelines();
  await cleanUp();
});

const MiB = 1 << 20;
const large = [{ type: 'slot', data: JSON.stringify({ text: 'x'.repeat(MiB / 2) }) }];
const getTracker = { conversationId: 'large' };

describe.each(ways)('trackers that come with grants by %s', (way) => {
  test('count towards what reads of trackers may hold', async () => {
    const env = { TRACKSIDE_LIMITS_READING_BYTES: '1MiB' };
    const { address, tracker, lock } = await startLocks('memory:', env);
    const holds = await holdsBy(way, address);
    for (const n of upTo(3)) {
      await append(tracker, 'large', large);
      const holder = new Holder(holds, { lockId: `${n}`, getTracker });
      const granted = await holder.nextResponse();
      expect([granted!.item.case, granted!.getTracker !== undefined]).toEqual(['granted', n === 1]);
    }
    expect((await lock.listLocks({})).locks).toHaveLength(3);
    expect(await failureOf(tracker.getTracker(getTracker))).toMatchObject({
      reason: 'OVERLOADED',
      metadata: { limit: 'reading_bytes' },
    });
    // What was read and told counts no more.
    await tracker.deleteConversation(getTracker);
    await append(tracker, 'large', large);
    for (const n of upTo(10, 4)) {
      const holder = new Holder(holds, { lockId: `${n}`, getTracker });
      expect((await holder.nextResponse())!.getTracker!.tracker!.events).toHaveLength(1);
    }
  });

  test('count as calls while they are read', async () => {
    const { address, tracker, lock } = await startLocks('memory:', { TRACKSIDE_LIMITS_CALLS: '1' });
    const holds = await holdsBy(way, address);
    await append(tracker, 'large', large);
    const free = new Holder(holds, { lockId: 'free', getTracker });
    expect((await free.nextResponse())!.getTracker).toBeDefined();
    const waiting = lock.acquireLock({ lockId: 'free', waitDuration: span(60_000) });
    await eventually(async () => {
      const { reason } = await failureOf(tracker.getTracker(getTracker)).catch(() => ({ reason: '' }));
      return reason === 'OVERLOADED';
    });
    const granted = await new Holder(holds, { lockId: 'full', getTracker }).nextResponse();
    expect([granted!.item.case, granted!.getTracker]).toEqual(['granted', undefined]);
    free.cancel();
    expect((await waiting).grant).toBeDefined();
  });

  test('are not kept for as long as the lock is held', async () => {
    // Where each read makes the events anew.
    const sidecar = await startLocks(await newStore('sqlite'), heapProbe);
    const holds = await holdsBy(way, sidecar.address);
    await append(sidecar.tracker, 'large', large);
    const holdAll = async (lockId: string, count: number) => {
      for (const n of upTo(count)) {
        const holder = new Holder(holds, { lockId: `${lockId}-${n}`, getTracker });
        expect((await holder.nextResponse())!.getTracker).toBeDefined();
      }
    };
    await holdAll('warm', 5);
    const before = await heapOf(sidecar);
    await holdAll('held', 100);
    expect((await heapOf(sidecar)) - before).toBeLessThan(10 * MiB);
  });
});
