import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HoldingEnd, type HoldLockResponse } from '#gen/trackside/v1/lock_service_pb.js';
import { upTo } from './calls.js';
import { holdsBy } from './holds.js';
import { eventually, Holder, hold, ownersOf, startLocks } from './lock.js';
import { closePipelines, openPipeline } from './pipeline.js';
import { cleanUp, type Sidecar } from './sidecar.js';
import { endWorkers, startWorker, type Worker } from './worker.js';

let sidecar = {} as Awaited<ReturnType<typeof startLocks>>;
beforeEach(async () => {
  sidecar = await startLocks('memory:');
});
afterEach(async () => {
  endWorkers();
  closePipelines();
  await cleanUp();
});

/** A process that holds locks by a pipeline, and waits for the last. */
async function startHolding({ address }: Sidecar, ...lockIds: readonly string[]): Promise<Worker> {
  const worker = await startWorker(address, 'a pipeline');
  for (const lockId of lockIds) {
    await worker.ask({ call: 'holdLock', request: { lockId, requestId: 'r', owner: 'worker' } });
  }
  return worker;
}

const free = (lockId: string) => async () => (await ownersOf(sidecar.lock, lockId)) === undefined;

describe('what is held by a pipeline', () => {
  test('is free, and its waits are over, when the stream is cancelled', async () => {
    const pipeline = await openPipeline(sidecar.address);
    await hold(sidecar.lock, { lockId: 'other', owner: 'o' });
    for (const n of upTo(50)) await pipeline.call(n, { case: 'holdLock', value: { lockId: `${n}` } });
    await pipeline.call(51, { case: 'holdLock', value: { lockId: 'other' } });
    pipeline.cancel();
    for (const n of upTo(50)) await eventually(free(`${n}`), 1_000);
    await eventually(async () => (await ownersOf(sidecar.lock, 'other'))!.join() === 'o', 1_000);
  });

  test('is free at once when the client is killed', async () => {
    const worker = await startHolding(sidecar, 'a', 'b');
    const next = new Holder(sidecar.lock, { lockId: 'a' });
    await next.until('queued');
    worker.process.kill('SIGKILL');
    await once(worker.process, 'exit');
    await eventually(free('b'), 2_000);
    await next.until('granted');
  });

  test('is free within seconds when the client stops without a word', async () => {
    const worker = await startHolding(sidecar, 'a');
    worker.process.kill('SIGSTOP');
    await eventually(free('a'), 12_000);
  }, 20_000);

  test('is had again by its request_id, while the old stream has not ended', async () => {
    const worker = await startHolding(sidecar, 'a');
    const { fence } = (await sidecar.lock.getLock({ lockId: 'a' })).lock!.holder!;
    worker.process.kill('SIGSTOP');
    const holds = await holdsBy('a pipeline', sidecar.address);
    const back = await hold(holds, { lockId: 'a', requestId: 'r', owner: 'back' });
    expect(back.fence).toBe(fence);
    worker.process.kill('SIGKILL');
    await once(worker.process, 'exit');
    expect((await sidecar.lock.getLock({ lockId: 'a' })).lock!.holder!.fence).toBe(fence);
    back.holder.cancel();
    await eventually(free('a'));
  });

  test('is taken over by a later call of the same stream with its request_id', async () => {
    const pipeline = await openPipeline(sidecar.address);
    const call = { case: 'holdLock', value: { lockId: 'a', requestId: 'r' } } as const;
    const first = await pipeline.call(1, call);
    pipeline.send(2, call);
    const answers = await pipeline.take(3);
    const [lost, ending] = answers.filter(({ callId }) => callId === 1);
    expect((lost!.value as HoldLockResponse).item.value).toMatchObject({ cause: HoldingEnd.TAKEN_OVER });
    expect(ending).toMatchObject({ kind: 'status', code: 'OK' });
    const again = answers.find(({ callId }) => callId === 2)!;
    const fenceOf = ({ item }: HoldLockResponse) => (item.value as { fence: bigint }).fence;
    expect(fenceOf(again.value as HoldLockResponse)).toBe(fenceOf(first.value as HoldLockResponse));
  });
});
