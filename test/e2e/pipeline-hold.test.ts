import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { HoldLockResponse } from '#gen/trackside/v1/lock_service_pb.js';
import { TakenPolicy } from '#gen/trackside/v1/lock_service_pb.js';
import { failureOf, span, upTo } from './calls.js';
import { Http2Pipeline } from './http2-pipeline.js';
import { json, startKeyed } from './keyed.js';
import { eventually, Holder, hold, ownersOf, startLocks } from './lock.js';
import { type Answer, closePipelines, type FrameCall, openPipeline } from './pipeline.js';
import { cleanUp } from './sidecar.js';

afterEach(async () => {
  closePipelines();
  await cleanUp();
});

const has: FrameCall = { case: 'hasEntry', value: { key: 'k' } };

function holdLock(lockId: string, more: object = {}): FrameCall {
  return { case: 'holdLock', value: { lockId, ...more } };
}

/** What an answer to HoldLock tells: the item's kind, or at the end the status' code. */
function told({ kind, value, code }: Answer): string | undefined {
  return kind === 'holdLock' ? (value as HoldLockResponse).item.case : code;
}

describe('a held lock on a pipeline', () => {
  test('is told item by item under its call_id, and ends with OK when it is let go', async () => {
    const { address } = await startLocks('memory:');
    const pipeline = await openPipeline(address);
    const granted = await pipeline.call(7, holdLock('l'));
    expect([granted.callId, told(granted)]).toEqual([7, 'granted']);
    const { fence } = (granted.value as HoldLockResponse).item.value as { fence: bigint };
    pipeline.send(8, { case: 'releaseLock', value: { lockId: 'l', fence } });
    const answers = await pipeline.take(3);
    const about = (id: number) => answers.filter(({ callId }) => callId === id);
    expect(about(7).map(told)).toEqual(['lost', 'OK']);
    expect(about(8)).toMatchObject([{ kind: 'releaseLock' }]);
    expect(about(7).at(-1)).toMatchObject({ kind: 'status', value: { code: 0, message: '', details: [] } });
  });

  test('ends with OK where the wait has ended, and else with what the call fails with', async () => {
    const { address, lock } = await startLocks('memory:');
    await hold(lock, { lockId: 'l' });
    const pipeline = await openPipeline(address);
    pipeline.send(1, holdLock('l', { waitDuration: span(50) }));
    expect((await pipeline.take(2)).map(told)).toEqual(['queued', 'OK']);
    const reject = holdLock('l', { takenPolicy: TakenPolicy.REJECT });
    expect(await pipeline.call(1, reject)).toMatchObject({
      callId: 1,
      reason: 'LOCK_TAKEN',
      code: 'ABORTED',
    });
    expect(await pipeline.call(1, holdLock(''))).toMatchObject({ callId: 1, fields: ['lock_id'] });
  });

  test('has its call_id to itself until the status', async () => {
    const { address } = await startLocks('memory:');
    const pipeline = await openPipeline(address);
    await pipeline.call(1, holdLock('l', { lifetime: span(300) }));
    for (const call of [has, holdLock('m')]) {
      expect(await pipeline.call(1, call)).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['call_id'] });
    }
    expect((await pipeline.take(2)).map(told)).toEqual(['lost', 'OK']);
    expect(await pipeline.call(1, has)).toMatchObject({ callId: 1, kind: 'hasEntry' });
  });

  test('ends with its timeout, which frees it, and takes a waiting one out of the line', async () => {
    const { address, lock } = await startLocks('memory:');
    const pipeline = await openPipeline(address);
    expect(told(await pipeline.call(1, holdLock('l', { owner: 'me' }), 1_500))).toBe('granted');
    expect(told(await pipeline.call(2, holdLock('l', { owner: 'next' }), 100))).toBe('queued');
    expect(await pipeline.next()).toMatchObject({ callId: 2, code: 'DEADLINE_EXCEEDED' });
    await eventually(async () => (await ownersOf(lock, 'l'))?.join() === 'me', 500);
    expect(await pipeline.next()).toMatchObject({ callId: 1, code: 'DEADLINE_EXCEEDED' });
    await eventually(async () => (await ownersOf(lock, 'l')) === undefined, 500);
  });

  test('stays after a half-close until it is let go, and the stream then ends with OK', async () => {
    const { address, lock } = await startLocks('memory:');
    const pipeline = await openPipeline(address);
    await pipeline.call(1, holdLock('l', { owner: 'me' }));
    pipeline.halfClose();
    const next = new Holder(lock, { lockId: 'l', takenPolicy: TakenPolicy.INTERRUPT });
    expect(told(await pipeline.next())).toBe('interrupted');
    expect(await ownersOf(lock, 'l')).toEqual(['me', '']);
    await lock.deleteLock({ lockId: 'l' });
    expect((await pipeline.take(2)).map(told)).toEqual(['lost', 'OK']);
    expect(await pipeline.ended).toMatchObject({ code: 'OK' });
    await next.until('granted');
  });
});

test('a sidecar that stops ends what is held and waits, and then the stream', async () => {
  const { address, end } = await startLocks('memory:');
  const pipeline = await openPipeline(address);
  for (const [id, kind] of [
    [1, 'granted'],
    [2, 'queued'],
  ] as const) {
    expect(told(await pipeline.call(id, holdLock('l')))).toBe(kind);
  }
  const exit = end('SIGTERM');
  const shuttingDown = { code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' };
  const answers = await pipeline.take(2);
  expect(answers.map(({ callId }) => callId).toSorted()).toEqual([1, 2]);
  for (const answer of answers) expect(answer).toMatchObject(shuttingDown);
  expect(await pipeline.ended).toEqual(shuttingDown);
  expect(await exit).toEqual({ code: 0, signal: null });
});

describe('the limits of held locks on a pipeline', () => {
  test('leave a pipeline its unary calls, to the last', async () => {
    const { address, lock } = await startLocks('memory:', { TRACKSIDE_LIMITS_PIPELINE_CALLS: '2' });
    await hold(lock, { lockId: 'taken' });
    const pipeline = await openPipeline(address);
    for (const n of upTo(5)) expect(told(await pipeline.call(n, holdLock(`${n}`)))).toBe('granted');
    const wait: FrameCall = { case: 'acquireLock', value: { lockId: 'taken', waitDuration: span(10_000) } };
    for (const id of [11, 12]) pipeline.send(id, wait);
    const full = {
      code: 'UNAVAILABLE',
      reason: 'OVERLOADED',
      metadata: { limit: 'pipeline_calls', max: '2' },
    };
    expect(await pipeline.call(13, has)).toMatchObject({ callId: 13, ...full });
    expect(told(await pipeline.call(6, holdLock('6')))).toBe('granted');
    pipeline.send(12, { case: 'cancel', value: {} });
    expect(await pipeline.next()).toMatchObject({ callId: 12, code: 'CANCELLED' });
    expect(await pipeline.call(13, has)).toMatchObject({ callId: 13, kind: 'hasEntry' });
  });

  test('do not count them among the calls under way in the sidecar', async () => {
    const { address } = await startLocks('memory:', { TRACKSIDE_LIMITS_CALLS: '1' });
    const pipeline = await openPipeline(address);
    for (const n of upTo(3)) expect(told(await pipeline.call(n, holdLock(`${n}`)))).toBe('granted');
    expect(await pipeline.call(4, has)).toMatchObject({ kind: 'hasEntry' });
  });

  test('count them as holdings, beside calls of their own', async () => {
    const { address, lock } = await startLocks('memory:', { TRACKSIDE_LIMITS_HOLDINGS: '3' });
    await hold(lock, { lockId: 'own' });
    const pipeline = await openPipeline(address);
    for (const n of upTo(2)) expect(told(await pipeline.call(n, holdLock(`${n}`)))).toBe('granted');
    const full = { code: 'UNAVAILABLE', reason: 'OVERLOADED', metadata: { limit: 'holdings', max: '3' } };
    expect(await pipeline.call(3, holdLock('3'))).toMatchObject({ callId: 3, ...full });
    expect(await failureOf(new Holder(lock, { lockId: 'own' }).next())).toMatchObject(full);
    pipeline.send(1, { case: 'cancel', value: {} });
    expect(await pipeline.next()).toMatchObject({ callId: 1, code: 'CANCELLED' });
    expect(told(await pipeline.call(3, holdLock('3')))).toBe('granted');
  });

  test('let thousands be held on one stream, with calls as quick as ever beside them', async () => {
    const { address, lock } = await startLocks('memory:');
    const pipeline = await openPipeline(address);
    const count = 5_000;
    for (const n of upTo(count)) pipeline.send(n, holdLock(`${n}`));
    expect(new Set((await pipeline.take(count)).map(told))).toEqual(new Set(['granted']));
    for (const n of upTo(1_000)) pipeline.send(count + n, has);
    expect((await pipeline.take(1_000)).every(({ kind }) => kind === 'hasEntry')).toBe(true);
    expect(await ownersOf(lock, `${count}`)).toEqual(['']);
    pipeline.cancel();
    await eventually(async () => (await lock.listLocks({})).locks.length === 0);
  });
});

test('a client that does not read is told of its place when it does, as it is then', async () => {
  const { sidecar, cache } = await startKeyed();
  const { lock } = sidecar.connection;
  await cache.setEntry({ key: 'large', value: json(JSON.stringify('x'.repeat((1 << 20) - 100))) });
  const streams = [];
  for (const _ of upTo(5)) {
    streams.push(new Holder(lock, { lockId: 'l' }));
    await streams.at(-1)!.next();
  }
  const lazy = new Http2Pipeline(sidecar.address);
  lazy.send([1, holdLock('l')], [2, { case: 'getEntry', value: { key: 'large' } }]);
  await eventually(async () => (await ownersOf(lock, 'l'))!.length === 6);
  for (const stream of streams) {
    await sleep(300);
    stream.cancel();
  }
  const other = await openPipeline(sidecar.address);
  expect(await other.call(1, has)).toMatchObject({ kind: 'hasEntry' });
  await eventually(async () => (await ownersOf(lock, 'l'))!.length === 1);
  const items: (string | undefined)[] = [];
  while (items.at(-1) !== 'granted') {
    const { result } = await lazy.next();
    if (result.case === 'holdLock') items.push(result.value.item.case);
  }
  // Its place when it asked, the change that was waited for when nothing was unread, and how it stands now.
  expect(items).toEqual(['queued', 'queued', 'granted']);
  lazy.close();
});
