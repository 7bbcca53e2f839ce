import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { steadyNow } from '#src/storage/clock.js';
import type { Backend } from '#src/storage/ports/backend.js';
import type { QueueNotice } from '#src/storage/ports/queue.js';
import { open } from '#src/storage/registry.js';
import { isThere, serverNamed, startThrowaway } from '../servers/servers.js';
import {
  ack,
  claim,
  fenceOf,
  message,
  names,
  partitions,
  second,
  ticket,
  until,
  valuesOf,
  withTwo,
} from './redis-lines-tools.js';
import { connectionTo, keysOf, stopShared } from './redis-tools.js';

afterAll(stopShared);

(isThere(serverNamed('redis')) ? describe : describe.skip)('locks and queues on redis', () => {
  test('never give a fence again, whatever of a partition is gone', () =>
    withTwo('redis', async ({ one, url, namespace }) => {
      const { client } = await connectionTo(url);
      let last = 0;
      for (const gone of [/^(?!store|\d+:meta)/, /^\d/, /./]) {
        for (let i = 0; i < 3; i++) {
          const fence = await fenceOf(one, ticket('l', `${gone} ${i}`));
          expect(fence).toBeGreaterThan(last);
          last = fence;
          for (const key of await keysOf(url, namespace)) {
            if (!gone.test(key)) continue;
            const [, partition, part] = /^(?:(\d+):)?(.*)$/.exec(key)!;
            await client.del(partition ? `{${namespace}:${partition}}:${part}` : `{${namespace}}:${part}`);
          }
        }
      }
    }));

  test('let things run out by the clock of the server, whatever a sidecar takes for the time', () =>
    withTwo('redis', async ({ one, other }) => {
      const day = 86_400 * second;
      await one.lock!.enter(ticket('l', 'r', { lifetime: second }), 0);
      await one.queue!.push([message('1'), message('2', { delay: second })], 0);
      await claim(one.queue!, { lease: second });
      for (const at of [0, steadyNow() + day]) {
        expect(await other.lock!.get('l', 0, at)).toMatchObject({ holder: { kind: 'lease' } });
        expect(await other.queue!.get('q', at)).toMatchObject({ ready: 0, inFlight: 1, delayed: 1 });
      }
      const { next } = await other.lock!.expire(100, 5_000);
      expect(next).toBeGreaterThan(5_000);
      expect(next).toBeLessThanOrEqual(5_000 + second);
      await sleep(1_010);
      for (const at of [0, steadyNow() + day]) {
        expect(await other.lock!.get('l', 0, at)).toBeUndefined();
        expect(await other.queue!.get('q', at)).toMatchObject({ ready: 2, inFlight: 0, delayed: 0 });
      }
      // Others' holdings may run out that this one has not heard of.
      expect(await other.lock!.expire(100, 5_000)).toEqual({ more: false, next: 5_000 + second });
    }));

  test('leave nothing but numbers and what is remembered', () =>
    withTwo('redis', async ({ one, url, namespace }) => {
      for (const lockId of names) {
        const fence = await fenceOf(one, ticket(lockId, 'r'));
        await one.lock!.enter(ticket(lockId, 'leaves'), steadyNow());
        const waiting = await one.lock!.get(lockId, 1, steadyNow());
        await one.lock!.leave(lockId, waiting!.waiters[0]!.ticket, true, steadyNow());
        await one.lock!.release(lockId, fence, steadyNow());
      }
      const groups = ['', ...names];
      await one.queue!.push(
        groups.map((groupId) => message('x', { groupId })),
        steadyNow(),
      );
      await ack(one.queue!, await claim(one.queue!));
      const left = new Set((await keysOf(url, namespace)).map((key) => key.replace(/^\d+:/, '')));
      expect([...left].sort()).toEqual(['claim_times', 'ending_times', 'endings', 'meta', 'store']);
    }));

  test('go on where the server has forgotten the scripts', () =>
    withTwo('redis', async ({ one, other, url }) => {
      const { client } = await connectionTo(url);
      const fence = await fenceOf(one, ticket('l', 'r'));
      await client.call('script', 'flush');
      expect(await other.lock!.get('l', 0, steadyNow())).toMatchObject({ holder: { fence } });
      await client.call('script', 'flush');
      expect(await one.lock!.release('l', fence, steadyNow())).toEqual({ status: 'released' });
    }));

  test('hand out what is in several partitions in the order of pushing, as much as is asked for', () =>
    withTwo('redis', async ({ one, other }) => {
      const groups = ['', ...names];
      const all = Array.from({ length: 40 }, (_, i) =>
        message(`${i + 10}`, { groupId: i < 5 ? groups[i]! : '' }),
      );
      for (const each of all) await one.queue!.push([each], steadyNow());
      const values = all.map(({ value }) => value);
      expect(valuesOf(await claim(other.queue!, { maxMessages: 3 }))).toEqual(values.slice(0, 3));
      expect(valuesOf(await claim(one.queue!, { maxBytes: 8 }))).toEqual(values.slice(3, 7));
      const popped = await other.queue!.pop('q', true, steadyNow());
      expect(popped).toMatchObject({ message: { value: values[7] } });
      expect(valuesOf(await claim(other.queue!))).toEqual(values.slice(8));
      const page = { queueId: 'q', state: 'in_flight', after: 0, limit: 7, maxBytes: 1 << 20 } as const;
      const peeked: unknown[] = [];
      for (let after: number | undefined = 0; after !== undefined; ) {
        const { messages, next } = await one.queue!.peek({ ...page, after }, steadyNow());
        expect(messages.length).toBeLessThanOrEqual(7);
        peeked.push(...messages.map(({ value }) => value));
        after = next;
      }
      expect(peeked).toEqual(values.filter((_, i) => i !== 7));
      expect(await one.queue!.get('q', steadyNow())).toMatchObject({ ready: 0, inFlight: 39 });
      let purged = 0;
      for (let after: number | undefined = 0; after !== undefined; ) {
        const step = await one.queue!.purge('q', ['in_flight'], after, 7, steadyNow());
        expect(step.count).toBeLessThanOrEqual(7);
        purged += step.count;
        after = step.next;
      }
      expect(purged).toBe(39);
    }));

  test('find messages that nobody has told of', () =>
    withTwo('redis', async ({ one, other }) => {
      const push = (value: string, groupId: string) =>
        one.queue!.push([message(value, { groupId })], steadyNow());
      for (const [i, groupId] of names.entries()) {
        await push(`${i}`, groupId);
        expect(valuesOf(await claim(other.queue!, { maxMessages: 1 }))).toEqual([`${i}`]);
      }
    }));

  test.each([1, 4])('tell again of what they may have missed, with %i partitions', (count) =>
    withTwo(
      'redis',
      async ({ one, other, url }) => {
        const heard: QueueNotice[] = [];
        await other.queue!.watch((notice) => heard.push(notice));
        expect(await claim(other.queue!)).toEqual([]);
        heard.length = 0;
        const { client } = await connectionTo(url);
        await client.call('client', ['kill', 'type', 'pubsub']);
        await one.queue!.push([message('1')], steadyNow());
        await until(() => heard.some(({ kind, queueId }) => kind === 'ready' && queueId === 'q'));
        expect(valuesOf(await claim(other.queue!))).toEqual(['1']);
        await sleep(100);
        heard.length = 0;
        await one.queue!.push([message('2')], steadyNow());
        await until(() => heard.length === 1);
        expect(heard).toEqual([{ kind: 'ready', queueId: 'q', count: 1 }]);
      },
      { partitions: count },
    ),
  );

  test(
    'let a lock go that many queues wait for, in steps',
    () =>
      withTwo('redis', async ({ one, other }) => {
        const queues = Array.from({ length: 250 }, (_, i) => `q${i}`);
        let ready = 0;
        await other.queue!.watch((notice) => {
          if (notice.kind === 'ready') ready += notice.count;
        });
        const fence = await fenceOf(one, ticket('g', 'r'));
        const all = queues.map((queueId) => message('x', { queueId, groupId: 'g' }));
        await one.queue!.push(all, steadyNow());
        expect(await claim(other.queue!, { queueId: 'q249' })).toEqual([]);
        await one.lock!.release('g', fence, steadyNow());
        expect((await one.lock!.expire(100, steadyNow())).more).toBe(true);
        while ((await one.lock!.expire(100, steadyNow())).more);
        await until(() => ready === 250);
        for (const queueId of [...queues].reverse()) {
          const deliveries = await claim(other.queue!, { queueId });
          expect(deliveries).toHaveLength(1);
          await ack(other.queue!, deliveries);
        }
      }),
    60_000,
  );

  test('can be emptied where the server has no room left', async () => {
    await using running = await startThrowaway(serverNamed('redis'));
    await using backend = await open(running.url, { partitions });
    const { lock, queue } = backend as Required<Backend>;
    const fence = await fenceOf(backend, ticket('l', 'r'));
    // Each partition is marked as the store's when it is first used.
    expect(await claim(queue)).toEqual([]);
    const value = 'x'.repeat(20_000);
    const push = (i: number) => queue.push([message(value, { groupId: `g${i % 3}` })], steadyNow());
    const pushed = 400;
    for (let i = 0; i < pushed; i++) await push(i);
    const { client } = await connectionTo(running.url);
    await client.call('config', ['set', 'maxmemory', '5mb']);
    const full = { reason: 'STORE_FULL' };
    await expect(push(0)).rejects.toMatchObject(full);
    await expect(lock.enter(ticket('l', 's'), steadyNow())).rejects.toMatchObject(full);
    expect(await lock.extend('l', fence, second, steadyNow())).toMatchObject({ status: 'extended' });
    expect(await lock.release('l', fence, steadyNow())).toEqual({ status: 'released' });
    const popped = await queue.pop('q', true, steadyNow());
    if (popped.status === 'popped') await queue.putBack([popped.message!], steadyNow());
    for (let left = pushed; left > 0; ) {
      const deliveries = await claim(queue, { maxMessages: 1 });
      expect(deliveries).toHaveLength(1);
      await ack(queue, deliveries);
      left -= 1;
    }
    expect(await push(0)).toMatchObject([{ status: 'done' }]);
  }, 60_000);

  test('deal with much that is due at once before they answer', () =>
    withTwo('redis', async ({ one }) => {
      const all = Array.from({ length: 350 }, (_, i) => message(`${i}`, { delay: 100_000 }));
      await one.queue!.push(all, steadyNow());
      for (let i = 0; i < 250; i++) {
        await one.lock!.enter(
          ticket('q', `${i}`, { kind: 'stream', lifetime: undefined, lease: 100_000 }),
          0,
        );
      }
      const { ticket: last } = (await one.lock!.enter(ticket('q', 'last'), 0)) as { ticket: number };
      await sleep(250);
      expect(await one.lock!.get('q', 1, 0)).toMatchObject({ holder: { ticket: last }, waiting: 0 });
      expect(await claim(one.queue!, { maxMessages: 1_000 })).toHaveLength(350);
    }));
});
