import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LockClient } from '@trackside/client';
import { HoldingEnd, TakenPolicy } from '#gen/trackside/v1/lock_service_pb.js';
import { failureOf, span, upTo } from './calls.js';
import { holdsBy, ways } from './holds.js';
import {
  engines,
  eventually,
  type HoldClient,
  Holder,
  hold,
  newStore,
  ownersOf,
  startLocks,
} from './lock.js';
import { closePipelines } from './pipeline.js';
import { cleanUp } from './sidecar.js';
import { endWorkers, startWorker } from './worker.js';

afterAll(async () => {
  endWorkers();
  closePipelines();
  await cleanUp();
});

const cases = engines.flatMap((engine) => ways.map((way) => [engine, way] as const));

describe.each(cases)('HoldLock on %s, by %s', (engine, way) => {
  let lock = {} as LockClient;
  let holds = {} as HoldClient;
  let address = '';
  beforeAll(async () => {
    ({ lock, address } = await startLocks(await newStore(engine)));
    holds = await holdsBy(way, address);
  });

  const isFree = (lockId: string) => async () => (await ownersOf(lock, lockId)) === undefined;

  test('holds the lock while the stream is open, and not longer', async () => {
    const { holder, fence } = await hold(holds, { lockId: 'open', owner: 'me' });
    expect((await lock.getLock({ lockId: 'open' })).lock!.holder).toMatchObject({ fence, owner: 'me' });
    holder.cancel();
    await eventually(isFree('open'), 2_000);
  });

  test('a client that is killed frees the lock at once', async () => {
    const worker = await startWorker(address, way);
    await worker.ask({ call: 'holdLock', request: { lockId: 'killed' } });
    expect(await ownersOf(lock, 'killed')).toHaveLength(1);
    worker.process.kill('SIGKILL');
    await once(worker.process, 'exit');
    await eventually(isFree('killed'), 2_000);
  });

  test('tells the place in line at once, and again as it changes; then the grant', async () => {
    const streams = [];
    for (const n of upTo(4)) streams.push(new Holder(holds, { lockId: 'line', owner: `${n}` }));
    const [first, ...others] = streams;
    await first!.until('granted');
    const tickets: bigint[] = [];
    for (const [i, stream] of others.entries()) {
      const queued = await stream.until('queued');
      expect(queued.ahead).toBe(i + 1);
      tickets.push(queued.ticket);
    }
    first!.cancel();
    expect((await others[0]!.next())!.case).toBe('granted');
    expect(await others[1]!.until('queued')).toMatchObject({ ahead: 1, ticket: tickets[1] });
    expect(await others[2]!.until('queued')).toMatchObject({ ahead: 2, ticket: tickets[2] });
    others[1]!.cancel();
    expect(await others[2]!.until('queued')).toMatchObject({ ahead: 1, ticket: tickets[2] });
    others[0]!.cancel();
    expect(await others[2]!.next()).toMatchObject({ case: 'granted', value: { ticket: tickets[2] } });
    others[2]!.cancel();
  });

  test('several changes of the place within 100 ms are told as one', async () => {
    const { holder } = await hold(holds, { lockId: 'coalesced' });
    const before = [];
    for (const _ of upTo(20)) {
      const stream = new Holder(holds, { lockId: 'coalesced' });
      await stream.until('queued');
      before.push(stream);
    }
    const last = new Holder(holds, { lockId: 'coalesced' });
    expect(await last.until('queued')).toMatchObject({ ahead: 21 });
    const begun = performance.now();
    for (const stream of before) {
      stream.cancel();
      await sleep(10);
    }
    let told = 0;
    for (let ahead = 21; ahead > 1; told++) ({ ahead } = await last.until('queued'));
    expect(told).toBeLessThanOrEqual(2 + (performance.now() - begun) / 100);
    holder.cancel();
    await last.until('granted');
    last.cancel();
  });

  test('tells the holder, once, that somebody asks', async () => {
    const { holder, fence } = await hold(holds, { lockId: 'asked' });
    const takenPolicy = TakenPolicy.INTERRUPT;
    const next = new Holder(holds, { lockId: 'asked', takenPolicy });
    expect((await holder.next())!.case).toBe('interrupted');
    const another = new Holder(holds, { lockId: 'asked', takenPolicy });
    await another.until('queued');
    await lock.releaseLock({ lockId: 'asked', fence });
    expect(await holder.next()).toMatchObject({ case: 'lost', value: { cause: HoldingEnd.RELEASED, fence } });
    expect(await holder.next()).toBeUndefined();
    await next.until('granted');
    next.cancel();
    await another.until('granted');
    another.cancel();
  });

  test('tells that the holding was lost: by its lifetime, or by DeleteLock', async () => {
    const begun = performance.now();
    const short = await hold(holds, { lockId: 'short', lifetime: span(200) });
    const next = new Holder(holds, { lockId: 'short' });
    expect(await short.holder.until('lost')).toMatchObject({
      cause: HoldingEnd.EXPIRED,
      fence: short.fence,
    });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(200);
    const granted = await next.until('granted');
    expect(granted.remaining).toBeUndefined();
    expect(await lock.deleteLock({ lockId: 'short' })).toMatchObject({ deleted: true });
    expect(await next.until('lost')).toMatchObject({ cause: HoldingEnd.DELETED, fence: granted.fence });
    expect(await next.next()).toBeUndefined();
    expect(await isFree('short')()).toBe(true);
  });

  test('ends without a grant, and without a ticket, where the wait has ended', async () => {
    const { holder } = await hold(holds, { lockId: 'waited', owner: 'me' });
    const waiting = new Holder(holds, { lockId: 'waited', waitDuration: span(150) });
    expect((await waiting.next())!.case).toBe('queued');
    expect(await waiting.next()).toBeUndefined();
    expect(await ownersOf(lock, 'waited')).toEqual(['me']);
    const impatient = new Holder(holds, { lockId: 'waited', waitDuration: span(0) });
    expect(await impatient.next()).toBeUndefined();
    const rejected = holds.holdLock({ lockId: 'waited', takenPolicy: TakenPolicy.REJECT });
    expect(await failureOf(rejected[Symbol.asyncIterator]().next())).toMatchObject({ reason: 'LOCK_TAKEN' });
    holder.cancel();
  });

  test('a wait that has ended does not end a holding', async () => {
    const { holder } = await hold(holds, { lockId: 'patient', waitDuration: span(50), owner: 'me' });
    await sleep(150);
    expect(await ownersOf(lock, 'patient')).toEqual(['me']);
    holder.cancel();
  });

  test('of two streams with one request_id the later has the holding, with the same fence', async () => {
    const request = { lockId: 'twice', requestId: 'r', owner: 'me' };
    const earlier = await hold(holds, request);
    const later = await hold(await holdsBy(way, address), request);
    expect(later.fence).toBe(earlier.fence);
    expect(await earlier.holder.until('lost')).toMatchObject({ cause: HoldingEnd.TAKEN_OVER });
    expect(await earlier.holder.next()).toBeUndefined();
    await sleep(50);
    expect((await lock.getLock({ lockId: 'twice' })).lock!.holder!.fence).toBe(later.fence);
    const waiting = new Holder(holds, { lockId: 'twice', requestId: 'w' });
    const { ticket } = await waiting.until('queued');
    const again = new Holder(holds, { lockId: 'twice', requestId: 'w' });
    expect(await again.until('queued')).toMatchObject({ ticket });
    expect(await waiting.until('lost')).toMatchObject({ cause: HoldingEnd.TAKEN_OVER, fence: 0n });
    later.holder.cancel();
    await again.until('granted');
    again.cancel();
    await eventually(isFree('twice'));
  });

  test('after its holding is over, a request_id is told how it ended', async () => {
    const request = { lockId: 'over', requestId: 'r' };
    const { holder, fence } = await hold(holds, request);
    holder.cancel();
    await eventually(isFree('over'));
    const again = holds.holdLock(request)[Symbol.asyncIterator]().next();
    expect(await failureOf(again)).toMatchObject({
      reason: 'LEASE_LOST',
      metadata: expect.objectContaining({ fence: `${fence}`, cause: 'released' }),
    });
  });

  test('locks pass from stream to stream in order, without a gap that a timer would leave', async () => {
    const count = 50;
    const streams = [];
    for (const _ of upTo(count)) {
      const stream = new Holder(holds, { lockId: 'relay' });
      await stream.next();
      streams.push(stream);
    }
    const begun = performance.now();
    let last = 0n;
    for (const [i, stream] of streams.entries()) {
      if (i > 0) {
        const { fence } = await stream.until('granted');
        expect(fence).toBeGreaterThan(last);
        last = fence;
      }
      stream.cancel();
    }
    expect(performance.now() - begun).toBeLessThan(count * 200);
    await eventually(isFree('relay'));
  });
});

test.each(ways)('a holding outlasts its lease many times, and so does a place in line: %s', async (way) => {
  const { lock, address } = await startLocks('memory:', { TRACKSIDE_LOCK_LEASE: '2s' });
  const holds = await holdsBy(way, address);
  const { holder } = await hold(holds, { lockId: 'l', owner: 'a' });
  const waiting = lock.acquireLock({ lockId: 'l', owner: 'b', waitDuration: span(30_000) });
  await eventually(async () => (await ownersOf(lock, 'l'))!.length === 2);
  const next = new Holder(holds, { lockId: 'l', owner: 'c' });
  const { ticket } = await next.until('queued');
  await sleep(5_000);
  expect(await ownersOf(lock, 'l')).toEqual(['a', 'b', 'c']);
  holder.cancel();
  const { grant } = await waiting;
  await lock.releaseLock({ lockId: 'l', fence: grant!.fence });
  expect(await next.until('granted')).toMatchObject({ ticket });
});
