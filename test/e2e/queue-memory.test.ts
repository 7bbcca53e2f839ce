import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { clientOf } from '@trackside/client';
import { createChannel } from 'nice-grpc';
import { QueueService } from '#gen/trackside/v1/queue_service_pb.js';
import { span, upTo } from './calls.js';
import { crowd, heapOf, heapProbe } from './heap.js';
import { begin, ConsumerStream, claim, numbersOf, push, startQueues } from './queues.js';
import { cleanUp } from './sidecar.js';

afterAll(cleanUp);

const MiB = 1 << 20;
const rounds = 10;
const atOnce = crowd / rounds;

test(`${crowd} pops that waited leave nothing behind`, async () => {
  const env = { ...heapProbe, TRACKSIDE_LIMITS_CALLS: '20000' };
  const { sidecar, queue } = await startQueues({ env });
  /** Lets that many pops wait in several queues: a third is answered, a third vanishes, a third waits in vain. */
  const round = async (number: number) => {
    const vanishing = new AbortController();
    setMaxListeners(0, vanishing.signal);
    const queueOf = (n: number) => `q-${number}-${n % 100}`;
    let answered = 0;
    // An HTTP/2 connection on which thousands of calls are cancelled at once is cut off.
    const channels = upTo(15).map(() =>
      createChannel(sidecar.address, undefined, { 'grpc.use_local_subchannel_pool': 1 }),
    );
    const callers = channels.map((channel) => clientOf(QueueService, channel));
    const pop = async (n: number) => {
      // Those that wait in vain are in queues of their own.
      const queueId = n % 3 === 0 ? `empty-${n % 100}` : queueOf(n);
      const request = { queueId, waitDuration: span(n % 3 === 0 ? 1_000 : 60_000) };
      const caller = callers[n % 15]!;
      const options = n % 3 === 1 ? { signal: vanishing.signal } : {};
      // On a busy machine a connection may be lost, which is another way to go.
      const answer = await caller.popMessage(request, options).catch(() => undefined);
      if (answer?.message) answered += 1;
    };
    const pops: Promise<void>[] = [];
    for (const n of upTo(atOnce)) {
      pops.push(pop(n));
      // Lets the connections answer pings meanwhile.
      if (n % 250 === 0) await sleep(1);
    }
    await sleep(1_000);
    vanishing.abort();
    for (const n of upTo(100)) await push(queue, queueOf(n), upTo(atOnce / 100));
    await Promise.all(pops);
    for (const channel of channels) channel.close();
    for (const n of upTo(100)) await queue.purgeQueue({ queueId: queueOf(n) });
    return answered;
  };
  // The first fill what the server keeps for good.
  await round(0);
  await round(1);
  const before = await heapOf(sidecar);
  let answered = 0;
  for (const number of upTo(rounds, 1)) answered += await round(number + 1);
  const after = await heapOf(sidecar);
  process.stderr.write(
    `${crowd} waiting pops, ${answered} answered; heap ${toMiB(before)} before, ${toMiB(after)} after\n`,
  );
  expect(answered).toBeGreaterThan(crowd * 0.1);
  expect(after - before).toBeLessThan(4 * MiB);
}, 600_000);

test('consumers that came and went leave nothing behind', async () => {
  const { sidecar, queue } = await startQueues({ env: heapProbe });
  const round = async () => {
    const streams = upTo(200).map((n) => new ConsumerStream(queue, begin(`q-${n % 10}`, 100)));
    for (const stream of streams) await stream.expect('confirmation');
    for (const n of upTo(10)) await push(queue, `q-${n - 1}`, [n]);
    await sleep(50);
    for (const [n, stream] of streams.entries()) {
      // Node ends a connection whose client resets a thousand streams in a few seconds.
      if (n % 4 === 0) stream.cancel();
      else stream.close();
    }
    await sleep(50);
    for (const n of upTo(10)) await queue.purgeQueue({ queueId: `q-${n - 1}` });
  };
  for (const _ of upTo(3)) await round();
  const before = await heapOf(sidecar);
  for (const _ of upTo(10)) await round();
  const after = await heapOf(sidecar);
  process.stderr.write(`2,000 consumers; heap ${toMiB(before)} before, ${toMiB(after)} after\n`);
  expect(after - before).toBeLessThan(4 * MiB);
  await push(queue, 'q-1', [1]);
  expect(numbersOf(await claim(queue, 'q-1'))).toEqual([1]);
}, 120_000);

function toMiB(bytes: number): string {
  return `${(bytes / MiB).toFixed(1)} MiB`;
}
