import { setTimeout as sleep } from 'node:timers/promises';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LockClient, QueueClient } from '@trackside/client';
import type { PipelineResponse } from '#gen/trackside/v1/pipeline_service_pb.js';
import { span, upTo } from './calls.js';
import { Http2Pipeline } from './http2-pipeline.js';
import { json } from './keyed.js';
import { engines, eventually, newStore, ownersOf } from './lock.js';
import { closePipelines, type FrameCall, openPipeline, type RawPipeline } from './pipeline.js';
import { cleanUp, startSidecar } from './sidecar.js';

afterAll(async () => {
  closePipelines();
  await cleanUp();
});

const has: FrameCall = { case: 'hasEntry', value: { key: 'k' } };
const wait = { waitDuration: span(60_000) };
const acquire = (lockId: string, more: object = {}): FrameCall => ({
  case: 'acquireLock',
  value: { lockId, ...more },
});

const cancellation: FrameCall = { case: 'cancel', value: {} };

function cancel(pipeline: RawPipeline, callId: number): void {
  pipeline.send(callId, cancellation);
}

describe.each(engines)('a cancelled call on %s', (engine) => {
  let address = '';
  let pipeline = {} as RawPipeline;
  let lock = {} as LockClient;
  let queue = {} as QueueClient;
  beforeAll(async () => {
    const sidecar = await startSidecar({ storage: await newStore(engine) });
    ({ address } = sidecar);
    pipeline = await openPipeline(address);
    ({ lock, queue } = sidecar.connection);
  });

  /** Cancels a call, which is answered so. */
  async function expectCancelled(callId: number): Promise<void> {
    cancel(pipeline, callId);
    expect(await pipeline.next()).toMatchObject({ callId, code: 'CANCELLED', reason: 'CANCELLED' });
  }

  test('that holds a lock has let it go when it is answered', async () => {
    const hold: FrameCall = { case: 'holdLock', value: { lockId: 'held' } };
    expect(await pipeline.call(1, hold)).toMatchObject({ kind: 'holdLock' });
    await expectCancelled(1);
    expect(await ownersOf(lock, 'held')).toBeUndefined();
    expect(await pipeline.call(1, hold)).toMatchObject({ callId: 1, kind: 'holdLock' });
    await expectCancelled(1);
  });

  test('that waits in line is out of it when it is answered', async () => {
    const { grant } = await lock.acquireLock({ lockId: 'line', owner: 'me' });
    expect(await pipeline.call(1, { case: 'holdLock', value: { lockId: 'line' } })).toMatchObject({
      callId: 1,
    });
    pipeline.send(2, acquire('line', wait));
    await eventually(async () => (await ownersOf(lock, 'line'))!.length === 3);
    await expectCancelled(2);
    expect(await ownersOf(lock, 'line')).toHaveLength(2);
    await expectCancelled(1);
    expect(await ownersOf(lock, 'line')).toEqual(['me']);
    await lock.releaseLock({ lockId: 'line', fence: grant!.fence });
  });

  test.each<FrameCall['case']>(['popMessage', 'claimMessages'])(
    'that waits for messages (%s) takes none',
    async (call) => {
      const queueId = `q-${call}`;
      pipeline.send(1, { case: call, value: { queueId, ...wait } } as FrameCall);
      expect(await pipeline.call(2, has)).toMatchObject({ callId: 2 });
      await expectCancelled(1);
      await queue.pushMessages({ queueId, messages: [{ value: json('1') }] });
      expect((await queue.getQueue({ queueId })).queue).toMatchObject({ ready: 1n });
    },
  );

  test('that has ended by then is answered as ever: no grant is kept for nobody, and no message lost', async () => {
    const frames = new Http2Pipeline(address);
    await frames.next();
    const outcomes = { told: 0, cancelled: 0 };
    for (const n of upTo(300)) {
      const lockId = `race-${n}`;
      const { grant } = await lock.acquireLock({ lockId });
      const popMessage: FrameCall = { case: 'popMessage', value: { queueId: lockId, ...wait } };
      frames.send([1, acquire(lockId, wait)], [2, popMessage]);
      await eventually(async () => (await lock.getLock({ lockId })).waiters.length === 1);
      const ends = [
        [3, { case: 'releaseLock', value: { lockId, fence: grant!.fence } }],
        [4, push(lockId)],
      ] as const;
      const cancels = [1, 2].map((id) => [id, cancellation] as const);
      // Together, or one after the other; with frames between them that do nothing, so that each moment between a
      // call's end and its answer is met.
      const nothing = upTo(n % 20).map(() => [99, cancellation] as const);
      const [first, second] = n % 2 ? [ends, cancels] : [cancels, ends];
      if (n % 4 < 2) {
        frames.send(...first, ...nothing, ...second);
      } else {
        frames.send(...first);
        await sleep(n % 5);
        frames.send(...second);
      }
      const answers = new Map<number, PipelineResponse['result']>();
      while (answers.size < 4) {
        const { callId, result } = await frames.next();
        answers.set(callId, result);
      }
      const [acquired, popped] = [answers.get(1)!, answers.get(2)!];
      for (const { case: kind } of [acquired, popped])
        outcomes[kind === 'status' ? 'cancelled' : 'told'] += 1;

      const told = acquired.case === 'acquireLock' ? acquired.value.grant : undefined;
      expect((await lock.getLock({ lockId })).lock?.holder?.fence).toBe(told?.fence);
      const taken = popped.case === 'popMessage' ? 1n : 0n;
      if (popped.case === 'popMessage') expect(popped.value.message).toBeDefined();
      const left = async () => (await queue.getQueue({ queueId: lockId })).queue?.ready ?? 0n;
      await eventually(async () => (await left()) === 1n - taken);
    }
    // Otherwise the edge was not met.
    expect(outcomes.told).toBeGreaterThan(20);
    expect(outcomes.cancelled).toBeGreaterThan(20);
    frames.close();
  }, 60_000);
});

function push(queueId: string): FrameCall {
  return { case: 'pushMessages', value: { queueId, messages: [{ value: json('1') }] } };
}

describe('a cancellation', () => {
  test('stops what is done in steps', async () => {
    const { address, connection } = await startSidecar();
    for (const thousand of upTo(30)) {
      const requests = upTo(1_000).map((n) => ({ key: `a${thousand}-${n}`, value: json('1') }));
      await connection.cache.batchSetEntries({ requests });
    }
    const pipeline = await openPipeline(address);
    pipeline.send(1, { case: 'clearEntries', value: { scope: { case: 'keyPrefix', value: 'a' } } });
    cancel(pipeline, 1);
    expect(await pipeline.next()).toMatchObject({ callId: 1, code: 'CANCELLED' });
    expect((await connection.cache.listEntryKeys({ pattern: 'a*', pageSize: 1 })).keys).toHaveLength(1);
  });

  test('of no call in flight is nothing, also where the call_id is taken up later', async () => {
    const pipeline = await openPipeline((await startSidecar()).address);
    cancel(pipeline, 1);
    expect(await pipeline.call(1, has)).toMatchObject({ callId: 1, kind: 'hasEntry' });
    cancel(pipeline, 1);
    expect(await pipeline.call(1, has)).toMatchObject({ callId: 1, kind: 'hasEntry' });
  });

  test('has a call_id, and is the only call of its frame', async () => {
    const pipeline = await openPipeline((await startSidecar()).address);
    expect(await pipeline.call(0, { case: 'cancel', value: {} })).toMatchObject({
      callId: 0,
      fields: ['call_id'],
    });
    const part = (field: number) =>
      new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(new Uint8Array());
    const id = new BinaryWriter().tag(1, WireType.Varint).uint32(7).finish();
    pipeline.sendBytes(Buffer.concat([id, part(3).finish(), part(43).finish()]));
    expect(await pipeline.next()).toMatchObject({ callId: 7, code: 'INVALID_ARGUMENT', fields: ['call'] });
  });
});
