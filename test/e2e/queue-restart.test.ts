import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { HoldingKind } from '#gen/trackside/v1/lock_service_pb.js';
import { ClaimEnd, MessageState } from '#gen/trackside/v1/queue_service_pb.js';
import { span, upTo } from './calls.js';
import { json } from './keyed.js';
import { claim, countsOf, numberOf, numbersOf, push, startQueues, storageOn } from './queues.js';
import { cleanUp } from './sidecar.js';

afterAll(cleanUp);

test.each(['SIGTERM', 'SIGKILL'] as const)('on SQLite everything is kept over %s', async (signal) => {
  const storage = await storageOn('sqlite');
  const before = await startQueues({ storage });
  const queueId = 'kept';
  await push(before.queue, queueId, upTo(3));
  await push(before.queue, queueId, [4], { groupId: 'g', dedupId: 'd' });
  await push(before.queue, queueId, [5], { groupId: 'g' });
  await push(before.queue, queueId, [6], { maxAttempts: 1 });
  const messages = [{ value: json('7'), delay: span(1_000) }];
  const request = { queueId, messages, requestId: 'r' };
  const { results } = await before.queue.pushMessages(request);
  const claimed = await claim(before.queue, queueId, 2);
  const rest = await claim(before.queue, queueId);
  expect(numbersOf(rest)).toEqual([3, 4, 6]);
  const acked = claimed[0]!.receipt;
  await before.queue.ackMessages({ queueId, receipts: [acked] });
  await before.queue.nackMessages({ queueId, receipts: [rest[2]!.receipt] });
  const short = await before.queue.claimMessages({ queueId: 'short', lease: span(50) });
  expect(short.deliveries).toEqual([]);
  await before.sidecar.end(signal);

  const { queue, lock } = await startQueues({ storage });
  const counts = await countsOf(queue, queueId);
  expect([counts[0]! + counts[2]!, counts[1], counts[3]]).toEqual([2, 3, 1]);
  const again = await queue.pushMessages(request);
  expect(again.results).toMatchObject([{ messageId: results[0]!.messageId, duplicate: true }]);
  const refused = await queue.pushMessages({ queueId, messages: [{ value: json('8'), dedupId: 'd' }] });
  expect(refused.results).toMatchObject([{ refused: true, messageId: rest[1]!.message!.messageId }]);
  expect((await lock.getLock({ lockId: 'g' })).lock!.holder).toMatchObject({
    kind: HoldingKind.CLAIM,
    fence: rest[1]!.fence,
  });
  // Claims go on: they are acknowledged, or run out.
  const receipts = [acked, claimed[1]!.receipt, rest[1]!.receipt, rest[2]!.receipt];
  const ends = await queue.ackMessages({ queueId, receipts });
  expect(ends.results).toMatchObject([
    { done: true },
    { done: true },
    { done: true },
    { cause: ClaimEnd.NACKED },
  ]);
  const next = await queue.claimMessages({ queueId, waitDuration: span(5_000) });
  expect(numberOf(next.deliveries[0]!.message)).toBe(5);
  expect(next.deliveries[0]!.fence!).toBeGreaterThan(rest[1]!.fence!);
  const due = await queue.claimMessages({ queueId, waitDuration: span(5_000) });
  expect(numberOf(due.deliveries[0]!.message)).toBe(7);
  await queue.extendLease({ queueId, receipt: rest[0]!.receipt, lease: span(10) });
  const expired = await queue.claimMessages({ queueId, waitDuration: span(5_000) });
  expect(expired.deliveries[0]!.message).toMatchObject({
    attempts: 2,
    messageId: rest[0]!.message!.messageId,
  });
  const { messages: parked } = await queue.peekMessages({ queueId, state: MessageState.PARKED });
  expect(parked.map(numberOf)).toEqual([6]);
});

test('what ran out or became due while no process was there is ready again', async () => {
  const storage = await storageOn('sqlite');
  const before = await startQueues({ storage });
  await push(before.queue, 'q', upTo(2));
  await before.queue.claimMessages({ queueId: 'q', lease: span(300) });
  await before.queue.pushMessages({ queueId: 'q', messages: [{ value: json('3'), delay: span(300) }] });
  await before.sidecar.end('SIGKILL');
  await sleep(400);
  const { queue } = await startQueues({ storage });
  const numbers: number[] = [];
  while (numbers.length < 3) {
    const { deliveries } = await queue.claimMessages({
      queueId: 'q',
      maxMessages: 3,
      waitDuration: span(5_000),
    });
    numbers.push(...numbersOf(deliveries));
  }
  expect(numbers).toEqual([1, 2, 3]);
});
