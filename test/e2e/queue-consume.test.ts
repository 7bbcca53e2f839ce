import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ClaimEnd } from '#gen/trackside/v1/queue_service_pb.js';
import { badInput, failureOf, span, tooLarge, upTo } from './calls.js';
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
import { cleanUp, connectTo } from './sidecar.js';

afterAll(cleanUp);

const credits = (value: number) => ({ case: 'credits' as const, value });
const ack = (queueId: string, ...receipts: string[]) => ({
  case: 'ack' as const,
  value: { queueId, receipts },
});

describe.each(engines)('a consumer on %s', (engine) => {
  let queues: Queues;
  beforeAll(async () => {
    queues = await startQueues({ storage: await storageOn(engine) });
  });

  const open = async (queueId: string, credits = 0) => {
    const stream = new ConsumerStream(queues.queue, begin(queueId, credits));
    await stream.expect('confirmation');
    return stream;
  };

  test('is confirmed at once, with its lease', async () => {
    const value = { queueId: 'confirm', lease: span(1_500) };
    const stream = new ConsumerStream(queues.queue, { case: 'begin', value });
    expect(await stream.expect('confirmation')).toMatchObject({ lease: { seconds: 1n, nanos: 500_000_000 } });
    stream.cancel();
    const plain = new ConsumerStream(queues.queue, begin('confirm'));
    expect(await plain.expect('confirmation')).toMatchObject({ lease: { seconds: 30n } });
    plain.cancel();
  });

  test('is handed as many messages as it has credits, in their order', async () => {
    const { queue } = queues;
    await push(queue, 'credits', upTo(500));
    const stream = await open('credits', 3);
    expect(numbersOf(await stream.deliveries(3))).toEqual([1, 2, 3]);
    await sleep(50);
    expect(await countsOf(queue, 'credits')).toEqual([497, 3, 0, 0]);
    stream.send(credits(250));
    expect(numbersOf(await stream.deliveries(250))).toEqual(upTo(253, 4));
    stream.send(credits(1_000));
    expect(numbersOf(await stream.deliveries(247))).toEqual(upTo(500, 254));
    await push(queue, 'credits', [501]);
    expect(numbersOf(await stream.deliveries(1))).toEqual([501]);
    stream.cancel();
  });

  test('acknowledges, gives back and extends, and is answered in the order of its frames', async () => {
    const queueId = 'frames';
    await push(queues.queue, queueId, upTo(4));
    const stream = await open(queueId, 4);
    const receipts = (await stream.deliveries(4)).map(({ receipt }) => receipt) as [
      string,
      string,
      string,
      string,
    ];
    stream.send(ack(queueId, receipts[0], receipts[1]));
    stream.send({ case: 'nack', value: { queueId, receipts: [receipts[2]], delay: span(60_000) } });
    stream.send({ case: 'extend', value: { queueId, receipt: receipts[3], lease: span(60_000) } });
    stream.send({ case: 'extend', value: { queueId, receipt: receipts[0] } });
    stream.send(ack(queueId, receipts[0], receipts[2]));
    expect((await stream.expect('ack')).results).toMatchObject([{ done: true }, { done: true }]);
    expect((await stream.expect('nack')).results).toMatchObject([{ done: true }]);
    const extended = await stream.expect('extend');
    expect([extended.receipt, Number(extended.remaining!.seconds), extended.cause]).toEqual([
      receipts[3],
      59,
      0,
    ]);
    const ended = await stream.expect('extend');
    expect([ended.remaining, ended.cause]).toEqual([undefined, ClaimEnd.ACKED]);
    const { results } = await stream.expect('ack');
    expect(results).toMatchObject([{ done: true }, { done: false, cause: ClaimEnd.NACKED }]);
    expect(await countsOf(queues.queue, queueId)).toEqual([0, 1, 1, 0]);
    stream.cancel();
  });

  test('answers many frames in their order', async () => {
    const queueId = 'many';
    await push(queues.queue, queueId, upTo(300));
    const stream = await open(queueId, 300);
    const receipts = (await stream.deliveries(300)).map(({ receipt }) => receipt);
    for (const [i, receipt] of receipts.entries()) {
      stream.send(i % 3 === 0 ? { case: 'extend', value: { queueId, receipt } } : ack(queueId, receipt));
    }
    for (const [i, receipt] of receipts.entries()) {
      const item = (await stream.next())!;
      expect(item.case).toBe(i % 3 === 0 ? 'extend' : 'ack');
      if (item.case === 'extend') expect(item.value.receipt).toBe(receipt);
    }
    expect(await countsOf(queues.queue, queueId)).toEqual([0, 100, 0, 0]);
    stream.cancel();
  });

  test('is told of claims that ran out or were purged, not of what it settled', async () => {
    const { queue } = queues;
    const queueId = 'lost';
    await push(queue, queueId, upTo(4));
    const value = { queueId, credits: 4, lease: span(2_000) };
    const stream = new ConsumerStream(queue, { case: 'begin', value });
    await stream.expect('confirmation');
    const receipts = (await stream.deliveries(4)).map(({ receipt }) => receipt);
    await queue.ackMessages({ queueId, receipts: [receipts[0]!] });
    stream.send({ case: 'nack', value: { queueId, receipts: [receipts[1]!], delay: span(60_000) } });
    await stream.expect('nack');
    await queue.extendLease({ queueId, receipt: receipts[3]!, lease: span(60_000) });
    expect(await stream.expect('lost')).toMatchObject({ receipt: receipts[2], cause: ClaimEnd.EXPIRED });
    await queue.purgeQueue({ queueId });
    expect(await stream.expect('lost')).toMatchObject({ receipt: receipts[3], cause: ClaimEnd.PURGED });
    stream.close();
    expect(await stream.next()).toBeUndefined();
  });

  test('shares a queue with others in turn', async () => {
    const { queue } = queues;
    const streams = [await open('turn', 100), await open('turn', 100)];
    await sleep(30);
    for (const n of upTo(4)) {
      await push(queue, 'turn', [n]);
      await sleep(20);
    }
    const [mine, yours] = await Promise.all(streams.map((stream) => stream.deliveries(2)));
    expect([numbersOf(mine!), numbersOf(yours!)]).toEqual([
      [1, 3],
      [2, 4],
    ]);
    for (const stream of streams) stream.cancel();
  });

  test('ends when its requests end, with every answer; claims stay', async () => {
    const queueId = 'close';
    await push(queues.queue, queueId, upTo(40));
    const stream = await open(queueId, 40);
    const receipts = (await stream.deliveries(40)).map(({ receipt }) => receipt);
    for (const receipt of receipts.slice(0, 35)) stream.send(ack(queueId, receipt));
    stream.close();
    for (const _ of upTo(35)) await stream.expect('ack');
    expect(await stream.next()).toBeUndefined();
    expect(await countsOf(queues.queue, queueId)).toEqual([0, 5, 0, 0]);
    await push(queues.queue, queueId, [41]);
    expect(numbersOf(await claim(queues.queue, queueId))).toEqual([41]);
  });

  test('that vanishes leaves the messages to come to others', async () => {
    const stream = await open('vanish', 1_000);
    stream.cancel();
    await sleep(50);
    await push(queues.queue, 'vanish', upTo(3));
    expect(numbersOf(await claim(queues.queue, 'vanish'))).toEqual([1, 2, 3]);
  });

  test('that does not read is handed no more', async () => {
    const { queue, sidecar } = queues;
    const queueId = 'slow';
    const large = `"${'x'.repeat(100_000)}"`;
    for (const _ of upTo(30)) {
      await queue.pushMessages({ queueId, messages: upTo(10).map(() => ({ value: json(large) })) });
    }
    const slow = new ConsumerStream(connectTo(sidecar.address).queue, begin(queueId, 1_000));
    await slow.expect('confirmation');
    await sleep(300);
    const [ready, inFlight] = await countsOf(queue, queueId);
    expect(ready! + inFlight!).toBe(300);
    expect(inFlight).toBeLessThan(60);
    await slow.deliveries(300);
    slow.cancel();
    await queue.purgeQueue({ queueId });
  });

  test('gets a message at a time where they are large', async () => {
    const queueId = 'large';
    const messages = [1_000_000, 10, 200_000, 10, 10].map((size) => ({
      value: json(`"${'x'.repeat(size)}"`),
    }));
    for (const message of messages) await queues.queue.pushMessages({ queueId, messages: [message] });
    const stream = await open(queueId, 5);
    const counts: number[] = [];
    while (counts.reduce((sum, count) => sum + count, 0) < 5) {
      counts.push((await stream.expect('deliveries')).deliveries.length);
    }
    expect(counts[0]).toBe(1);
    stream.cancel();
  });

  test('is ended by a frame that is out of place or wrong, behind the answers before it', async () => {
    const { queue } = queues;
    const receipt = `${'A'.repeat(22)}.0.1`;
    const wrong: [Parameters<ConsumerStream['send']>[0] | { case: undefined }, string][] = [
      [begin('bad'), 'begin'],
      [credits(0), 'credits'],
      [credits(-1), 'credits'],
      [credits(1_001), 'credits'],
      [ack('bad'), 'ack.receipts'],
      [ack('', receipt), 'ack.queue_id'],
      [ack('bad', 'x'), 'ack.receipts[0]'],
      [{ case: 'nack', value: { queueId: 'bad', receipts: [receipt], delay: span(-1_000) } }, 'nack.delay'],
      [{ case: 'extend', value: { queueId: 'bad' } }, 'extend.receipt'],
      [{ case: 'extend', value: { queueId: 'bad', receipt, lease: span(9) } }, 'extend.lease'],
      [{ case: undefined }, 'frame'],
    ];
    for (const [frame, field] of wrong) {
      const stream = await open('bad');
      stream.send(ack('bad', receipt));
      stream.send(frame as never);
      expect((await stream.expect('ack')).results).toMatchObject([{ cause: ClaimEnd.UNKNOWN }]);
      expect(await failureOf(stream.next())).toMatchObject(badInput(field));
    }
    const first: [Parameters<ConsumerStream['send']>[0] | undefined, string][] = [
      [credits(1), 'begin'],
      [undefined, 'begin'],
      [begin(''), 'begin.queue_id'],
      [begin('bad', -1), 'begin.credits'],
      [begin('bad', 1_001), 'begin.credits'],
      [begin('bad', 0, { owner: 'x'.repeat(129) }), 'begin.owner'],
      [{ case: 'begin', value: { queueId: 'bad', lease: span(43_200_001) } }, 'begin.lease'],
    ];
    for (const [frame, field] of first) {
      const stream = new ConsumerStream(queue, ...(frame ? [frame] : []));
      if (!frame) stream.close();
      expect(await failureOf(stream.next())).toMatchObject(badInput(field));
    }
    const long = await open('bad');
    long.send(ack('bad', ...upTo(1_001).map(() => receipt)));
    expect(await failureOf(long.next())).toMatchObject(tooLarge('keyed_batch', 1_000));
  });

  test('may have 10,000 credits, not one more', async () => {
    const stream = await open('most', 1_000);
    for (const _ of upTo(9)) stream.send(credits(1_000));
    await push(queues.queue, 'most', [1]);
    expect(numberOf((await stream.deliveries(1))[0]!.message)).toBe(1);
    stream.send(credits(1));
    stream.send(credits(1));
    expect(await failureOf(stream.next())).toMatchObject(badInput('credits'));
  });
});

test('a stream has at most 10,000 messages in flight; settled ones do not count', async () => {
  const { queue } = await startQueues();
  const queueId = 'q';
  for (const part of upTo(11)) await push(queue, queueId, upTo(part * 1_000, part * 1_000 - 999));
  const stream = new ConsumerStream(queue, begin(queueId, 1_000), ...upTo(9).map(() => credits(1_000)));
  await stream.expect('confirmation');
  const deliveries = await stream.deliveries(10_000);
  for (const _ of upTo(5)) stream.send(credits(1_000));
  stream.send(ack(queueId, deliveries[0]!.receipt));
  const items = [(await stream.next())!, (await stream.next())!];
  expect(items.map((item) => item.case).sort()).toEqual(['ack', 'deliveries']);
  await sleep(50);
  expect(await countsOf(queue, queueId)).toEqual([999, 10_000, 0, 0]);
  // Also those that are settled by a call.
  const receipts = deliveries.slice(1, 1_000).map(({ receipt }) => receipt);
  await queue.ackMessages({ queueId, receipts });
  expect(numbersOf(await stream.deliveries(999))).toEqual(upTo(11_000, 10_002));
  stream.cancel();
});

test('there are no more consumers than may be, and ended ones do not count', async () => {
  const { queue } = await startQueues({ env: { TRACKSIDE_LIMITS_CONSUMERS: '2' } });
  const open = () => new ConsumerStream(queue, begin('q'));
  const [first, second] = [open(), open()];
  for (const stream of [first, second]) await stream.expect('confirmation');
  expect(await failureOf(open().next())).toMatchObject({
    code: 'UNAVAILABLE',
    reason: 'OVERLOADED',
    metadata: { limit: 'consumers', max: '2' },
  });
  first.cancel();
  second.close();
  expect(await second.next()).toBeUndefined();
  await sleep(50);
  for (const stream of [open(), open()]) await stream.expect('confirmation');
});

test('streams end with SHUTTING_DOWN on SIGTERM, also without credits', async () => {
  const { sidecar, queue } = await startQueues();
  const streams = [0, 10].map((count) => new ConsumerStream(queue, begin('q', count)));
  for (const stream of streams) await stream.expect('confirmation');
  const ended = sidecar.end('SIGTERM');
  for (const stream of streams) {
    expect(await failureOf(stream.next())).toMatchObject({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
  }
  expect(await ended).toEqual({ code: 0, signal: null });
});
