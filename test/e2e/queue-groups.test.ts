import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HoldingKind, TakenPolicy } from '#gen/trackside/v1/lock_service_pb.js';
import { ClaimEnd } from '#gen/trackside/v1/queue_service_pb.js';
import { append, failureOf, some, span, upTo } from './calls.js';
import { json } from './keyed.js';
import {
  begin,
  ConsumerStream,
  claim,
  countsOf,
  engines,
  numberOf,
  numbersOf,
  push,
  type Queues,
  startQueues,
  storageOn,
} from './queues.js';
import { cleanUp } from './sidecar.js';

afterAll(cleanUp);

describe.each(engines)('groups on %s', (engine) => {
  let queues: Queues;
  beforeAll(async () => {
    queues = await startQueues({ storage: await storageOn(engine) });
  });

  /** Claims one message, and acknowledges it with what is answered. */
  const one = async (queueId: string, waitMs = 0, lease = 30_000, owner = '') => {
    const request = { queueId, waitDuration: span(waitMs), lease: span(lease), owner };
    return (await queues.queue.claimMessages(request)).deliveries[0];
  };
  const ack = async (queueId: string, ...receipts: string[]) =>
    (await queues.queue.ackMessages({ queueId, receipts })).results;
  const acquire = (lockId: string, waitMs = 0, takenPolicy = TakenPolicy.ENQUEUE) =>
    queues.lock.acquireLock({ lockId, waitDuration: span(waitMs), takenPolicy, owner: 'somebody' });

  test('one message of a group is in flight at a time, in the order of pushing; others go on', async () => {
    const { queue } = queues;
    for (const n of upTo(3)) {
      await push(queue, 'order', [n], { groupId: 'order-a' });
      await push(queue, 'order', [n + 10], { groupId: 'order-b' });
      await push(queue, 'order', [n + 20]);
    }
    const first = await claim(queue, 'order');
    expect(numbersOf(first)).toEqual([1, 11, 21, 22, 23]);
    expect(await claim(queue, 'order')).toEqual([]);
    expect(await countsOf(queue, 'order')).toEqual([4, 5, 0, 0]);
    await ack('order', first[1]!.receipt);
    const second = await claim(queue, 'order');
    expect(numbersOf(second)).toEqual([12]);
    await ack('order', first[0]!.receipt, second[0]!.receipt);
    expect(numbersOf(await claim(queue, 'order'))).toEqual([2, 13]);
  });

  test('the order is kept when a claim is given back, delayed or runs out', async () => {
    const { queue } = queues;
    const queueId = 'retry';
    await push(queue, queueId, upTo(3), { groupId: 'retry' });
    const nacked = await one(queueId);
    await queue.nackMessages({ queueId, receipts: [nacked!.receipt] });
    const delayed = await one(queueId);
    expect(numberOf(delayed!.message)).toBe(1);
    await queue.nackMessages({ queueId, receipts: [delayed!.receipt], delay: span(600) });
    expect(await one(queueId)).toBeUndefined();
    const expired = await one(queueId, 5_000, 50);
    expect([numberOf(expired!.message), expired!.message!.attempts]).toEqual([1, 3]);
    const last = await one(queueId, 5_000);
    expect([numberOf(last!.message), last!.message!.attempts]).toEqual([1, 4]);
    expect(last!.fence!).toBeGreaterThan(expired!.fence!);
    expect(expired!.fence!).toBeGreaterThan(nacked!.fence!);
    await ack(queueId, last!.receipt);
    expect(numberOf((await one(queueId))!.message)).toBe(2);
  });

  test('a parked message lets the next of its group pass', async () => {
    const { queue } = queues;
    const queueId = 'parked';
    await push(queue, queueId, [1], { groupId: 'parked', maxAttempts: 1 });
    await push(queue, queueId, [2], { groupId: 'parked' });
    const waiting = one(queueId, 5_000);
    await queue.nackMessages({ queueId, receipts: [(await waiting)!.receipt] });
    const next = await one(queueId);
    expect(numberOf(next!.message)).toBe(2);
    await queue.replayParkedMessages({ queueId });
    expect(await one(queueId)).toBeUndefined();
    await ack(queueId, next!.receipt);
    expect(numberOf((await one(queueId))!.message)).toBe(1);
  });

  test('a pop holds nothing, but the lock must be free', async () => {
    const { queue, lock } = queues;
    const groupId = 'pop';
    await push(queue, 'pop', upTo(2), { groupId });
    expect(numberOf((await queue.popMessage({ queueId: 'pop' })).message)).toBe(1);
    expect((await lock.getLock({ lockId: groupId })).lock).toBeUndefined();
    const { grant } = await acquire(groupId);
    expect((await queue.popMessage({ queueId: 'pop' })).message).toBeUndefined();
    const popped = queue.popMessage({ queueId: 'pop', waitDuration: span(5_000) });
    await sleep(30);
    await lock.releaseLock({ lockId: groupId, fence: grant!.fence });
    expect(numberOf((await popped).message)).toBe(2);
  });

  test('a claim holds the lock of its group, and carries its fence', async () => {
    const { queue, lock, sidecar } = queues;
    const [queueId, groupId] = ['lock', 'conversation'];
    await push(queue, queueId, [1], { groupId });
    const delivery = (await one(queueId, 0, 20_000, 'worker-7'))!;
    const { lock: held, waiters } = await lock.getLock({ lockId: groupId });
    expect(held!.holder).toMatchObject({
      fence: delivery.fence,
      owner: 'worker-7',
      kind: HoldingKind.CLAIM,
      interrupted: false,
    });
    expect(waiters).toEqual([]);
    for (const call of [
      lock.renewLock({ lockId: groupId, fence: delivery.fence! }),
      lock.releaseLock({ lockId: groupId, fence: delivery.fence! }),
    ]) {
      expect(await failureOf(call)).toMatchObject({
        code: 'FAILED_PRECONDITION',
        reason: 'WRONG_KIND',
        metadata: { kind: 'claim' },
      });
    }
    // Its fence is one that the tracker takes, and whose successors it doesn't.
    const { tracker } = sidecar;
    await tracker.appendEvents({ conversationId: groupId, events: some(1), fence: delivery.fence! });
    await ack(queueId, delivery.receipt);
    await push(queue, queueId, [2], { groupId });
    const next = (await one(queueId))!;
    expect(next.fence!).toBeGreaterThan(delivery.fence!);
    await tracker.getTracker({ conversationId: groupId, fence: next.fence! });
    const stale = tracker.appendEvents({ conversationId: groupId, events: some(1), fence: delivery.fence! });
    expect(await failureOf(stale)).toMatchObject({ reason: 'FENCE_STALE' });
    await append(tracker, groupId, some(1));
  });

  test('whoever waits for the lock gets it from the claim, before the next message', async () => {
    const { queue, lock } = queues;
    const [queueId, groupId] = ['handover', 'handover'];
    await push(queue, queueId, upTo(2), { groupId });
    const first = (await one(queueId))!;
    const acquired = acquire(groupId, 5_000);
    await sleep(30);
    expect((await lock.getLock({ lockId: groupId })).lock).toMatchObject({ waiting: 1 });
    const second = one(queueId, 5_000);
    await ack(queueId, first.receipt);
    const { grant } = await acquired;
    expect(grant!.fence).toBeGreaterThan(first.fence!);
    expect(await countsOf(queue, queueId)).toEqual([1, 0, 0, 0]);
    await lock.releaseLock({ lockId: groupId, fence: grant!.fence });
    expect(numberOf((await second)!.message)).toBe(2);
    expect((await second)!.fence!).toBeGreaterThan(grant!.fence);
  });

  test('a group is not claimable while its lock is held or awaited, others are', async () => {
    const { queue, lock } = queues;
    const [queueId, groupId] = ['held', 'held'];
    const { grant } = await acquire(groupId);
    await push(queue, queueId, [1], { groupId });
    await push(queue, queueId, [2], { groupId: 'not-held' });
    await push(queue, queueId, [3]);
    expect(numbersOf(await claim(queue, queueId))).toEqual([2, 3]);
    const waiting = acquire(groupId, 300);
    await sleep(20);
    await lock.renewLock({ lockId: groupId, fence: grant!.fence, lifetime: span(60_000) });
    expect((await waiting).grant).toBeUndefined();
    const claimed = one(queueId, 5_000);
    await sleep(20);
    await lock.releaseLock({ lockId: groupId, fence: grant!.fence });
    expect(numberOf((await claimed)!.message)).toBe(1);
  });

  test('a lock that runs out makes its group claimable', async () => {
    const { queue, lock } = queues;
    await lock.acquireLock({ lockId: 'runs-out', lifetime: span(700) });
    await push(queue, 'runs-out', [1], { groupId: 'runs-out' });
    expect(await one('runs-out')).toBeUndefined();
    expect(numberOf((await one('runs-out', 5_000))!.message)).toBe(1);
  });

  test('a claim that runs out hands its lock to whoever waits, and its message waits', async () => {
    const { queue, lock } = queues;
    const [queueId, groupId] = ['expires', 'expires'];
    await push(queue, queueId, [1], { groupId });
    const first = (await one(queueId, 0, 600))!;
    const { grant } = await acquire(groupId, 10_000);
    expect(grant!.fence).toBeGreaterThan(first.fence!);
    expect(await ack(queueId, first.receipt)).toMatchObject([{ done: false, cause: ClaimEnd.EXPIRED }]);
    expect(await one(queueId)).toBeUndefined();
    await lock.releaseLock({ lockId: groupId, fence: grant!.fence });
    expect((await one(queueId, 5_000))!.message).toMatchObject({ attempts: 2 });
  });

  test('an interrupt reaches the claim in its extension', async () => {
    const { queue } = queues;
    const [queueId, groupId] = ['interrupt', 'interrupt'];
    await push(queue, queueId, [1], { groupId });
    const { receipt } = (await one(queueId))!;
    expect(await queue.extendLease({ queueId, receipt })).toMatchObject({ interrupted: false });
    const acquired = acquire(groupId, 5_000, TakenPolicy.INTERRUPT);
    await sleep(30);
    expect(await queue.extendLease({ queueId, receipt })).toMatchObject({ interrupted: true });
    await ack(queueId, receipt);
    expect((await acquired).grant).toBeDefined();
  });

  test('DeleteLock ends the claim: its message is there again', async () => {
    const { queue, lock } = queues;
    const [queueId, groupId] = ['delete', 'delete'];
    await push(queue, queueId, upTo(2), { groupId });
    const { receipt, fence } = (await one(queueId))!;
    expect(await lock.deleteLock({ lockId: groupId, fence: fence! })).toMatchObject({ deleted: true });
    expect(await ack(queueId, receipt)).toMatchObject([{ done: false, cause: ClaimEnd.DELETED }]);
    expect(await failureOf(queue.extendLease({ queueId, receipt }))).toMatchObject({
      reason: 'LEASE_LOST',
      metadata: { receipt, cause: 'deleted' },
    });
    expect((await one(queueId))!.message).toMatchObject({ attempts: 2 });
  });

  test('a purge frees the lock', async () => {
    const { queue } = queues;
    await push(queue, 'purge', [1], { groupId: 'purge' });
    await one('purge');
    await queue.purgeQueue({ queueId: 'purge' });
    expect((await acquire('purge', 0, TakenPolicy.REJECT)).grant).toBeDefined();
  });

  test('a group is the same in every queue: one claim at a time', async () => {
    const { queue } = queues;
    for (const queueId of ['both-1', 'both-2']) await push(queue, queueId, [1], { groupId: 'both' });
    const first = (await one('both-1'))!;
    expect(await one('both-2')).toBeUndefined();
    const second = one('both-2', 5_000);
    await sleep(20);
    await ack('both-1', first.receipt);
    expect(await second).toBeDefined();
  });

  test('a consumer is told of interrupts, and of claims that it lost', async () => {
    const { queue, lock } = queues;
    const [queueId, groupId] = ['consumer', 'consumer'];
    await push(queue, queueId, [1], { groupId });
    const stream = new ConsumerStream(queue, begin(queueId, 10, { owner: 'c' }));
    await stream.expect('confirmation');
    const { receipt } = (await stream.deliveries(1))[0]!;
    const acquired = acquire(groupId, 5_000, TakenPolicy.INTERRUPT);
    expect(await stream.expect('interrupted')).toMatchObject({ receipt });
    await lock.deleteLock({ lockId: groupId });
    expect(await stream.expect('lost')).toMatchObject({ receipt, cause: ClaimEnd.DELETED });
    const { grant } = await acquired;
    await lock.releaseLock({ lockId: groupId, fence: grant!.fence });
    expect((await stream.deliveries(1))[0]!.message).toMatchObject({ attempts: 2 });
    stream.cancel();
  });
});

describe('queues and locks on different stores', () => {
  const unavailable = { code: 'FAILED_PRECONDITION', reason: 'GROUPS_UNAVAILABLE' };

  test('take no message with a group, and say which settings to change', async () => {
    const { queue } = await startQueues({
      storage: await storageOn('sqlite'),
      env: { TRACKSIDE_STORAGE_QUEUE: 'memory:' },
    });
    const failure = await failureOf(push(queue, 'q', [1], { groupId: 'g' }));
    expect(failure).toMatchObject(unavailable);
    expect(failure.message).toMatch(/storage\.queue.*storage\.lock/);
    await push(queue, 'q', [2]);
    expect(numbersOf(await claim(queue, 'q'))).toEqual([2]);
  });

  test('hand out no message with a group that was pushed before', async () => {
    const storage = await storageOn('sqlite');
    const before = await startQueues({ storage });
    await push(before.queue, 'q', [1]);
    await before.queue.pushMessages({ queueId: 'q', messages: [{ value: json('2'), groupId: 'g' }] });
    await before.sidecar.end('SIGTERM');
    const { queue } = await startQueues({ storage, env: { TRACKSIDE_STORAGE_LOCK: 'memory:' } });
    const stream = new ConsumerStream(queue, begin('q', 10));
    await stream.expect('confirmation');
    expect(numbersOf(await stream.deliveries(1))).toEqual([1]);
    expect(await failureOf(stream.next())).toMatchObject(unavailable);
    for (const call of [
      queue.claimMessages({ queueId: 'q' }),
      queue.popMessage({ queueId: 'q' }),
      queue.popMessage({ queueId: 'q', waitDuration: span(5_000) }),
    ]) {
      expect(await failureOf(call)).toMatchObject(unavailable);
    }
    expect(await countsOf(queue, 'q')).toEqual([1, 1, 0, 0]);
  });
});
