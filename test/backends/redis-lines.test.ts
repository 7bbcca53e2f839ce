import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { steadyNow } from '#src/storage/clock.js';
import { partitionOf } from '#src/storage/partition.js';
import type { Backend, OpenOptions } from '#src/storage/ports/backend.js';
import type { LockNotice, NewTicket } from '#src/storage/ports/lock.js';
import type {
  ClaimRequest,
  Delivery,
  NewMessage,
  QueueNotice,
  QueueStore,
} from '#src/storage/ports/queue.js';
import type { Runner } from '#src/storage/redis/script.js';
import { scripts } from '#src/storage/redis/scripts.js';
import { open } from '#src/storage/registry.js';
import { isThere, serverNamed, startThrowaway } from '../servers/servers.js';
import { linesOn } from './redis-lines-tools.js';
import {
  connectionTo,
  inNamespace,
  keysOf,
  newNamespace,
  removeNamespace,
  shared,
  stopShared,
} from './redis-tools.js';

afterAll(stopShared);

const second = 1_000_000;
const partitions = 4;

function ticket(lockId: string, requestId: string, more: Partial<NewTicket> = {}): NewTicket {
  return {
    ...{ lockId, requestId, owner: '', kind: 'lease', lifetime: 60 * second, lease: 60 * second },
    ...{ wait: true, interrupt: false, maxWaiting: 1_000 },
    ...more,
  };
}

function message(value: string, more: Partial<NewMessage> = {}): NewMessage {
  return {
    ...{
      queueId: 'q',
      value,
      groupId: '',
      dedupId: '',
      delay: undefined,
      maxAttempts: 5,
      request: undefined,
    },
    ...more,
  };
}

async function claim(queue: QueueStore, more: Partial<ClaimRequest> = {}): Promise<readonly Delivery[]> {
  const request = {
    queueId: 'q',
    maxMessages: 100,
    maxBytes: 1 << 20,
    lease: 60 * second,
    owner: 'w',
    groups: true,
  };
  const outcome = await queue.claim({ ...request, ...more }, steadyNow());
  if (outcome.status !== 'claimed') throw new Error(`it was not claimed: ${outcome.status}`);
  return outcome.deliveries;
}

async function ack(queue: QueueStore, deliveries: readonly Delivery[]): Promise<void> {
  const all = deliveries.map(({ receipt }) => ({ kind: 'ack', receipt }) as const);
  for (const { status } of await queue.settle(all, steadyNow())) expect(status).toBe('done');
}

function valuesOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ message }) => `${message.value}`);
}

async function fenceOf(backend: Backend, asked: NewTicket): Promise<number> {
  const outcome = await backend.lock!.enter(asked, steadyNow());
  if (outcome.status !== 'granted') throw new Error(`it was not granted: ${outcome.status}`);
  return outcome.grant.fence;
}

/** A name in each partition. */
const names = Array.from({ length: partitions }, (_, partition) => {
  for (let n = 0; ; n++) if (partitionOf(`n${n}`, partitions) === partition) return `n${n}`;
});
const elsewhere = names.filter((name) => partitionOf(name, partitions) !== partitionOf('q', partitions));

async function until(holds: () => boolean): Promise<number> {
  const begun = performance.now();
  while (!holds()) {
    if (performance.now() - begun > 5_000) throw new Error('it does not come');
    await sleep(1);
  }
  return performance.now() - begun;
}

interface Given {
  /** Two sidecars' backends on one store. */
  readonly one: Backend;
  readonly other: Backend;
  readonly url: string;
  readonly namespace: string;
}

async function withTwo(
  name: string,
  body: (given: Given) => Promise<void>,
  options: Partial<OpenOptions> = {},
): Promise<void> {
  const { url } = await shared(name);
  const namespace = newNamespace();
  const opened = () => open(inNamespace(url, namespace), { partitions, ...options });
  const [one, other] = [await opened(), await opened()];
  try {
    await body({ one, other, url, namespace });
  } finally {
    for (const backend of [one, other]) await backend[Symbol.asyncDispose]();
    await removeNamespace(url, namespace);
  }
}

for (const name of ['redis', 'redis-sentinel', 'redis-cluster']) {
  (isThere(serverNamed(name)) ? describe : describe.skip)(`two sidecars on ${name}`, () => {
    test(
      'tell each other of grants and of messages at once',
      () =>
        withTwo(name, async ({ one, other }) => {
          const heard: { who: string; notice: LockNotice | QueueNotice }[] = [];
          for (const [who, { lock, queue }] of Object.entries({ one, other })) {
            await lock!.watch((notice) => heard.push({ who, notice }));
            await queue!.watch((notice) => heard.push({ who, notice }));
          }
          const waits: number[] = [];
          for (const lockId of names) {
            const fence = await fenceOf(one, ticket(lockId, 'first'));
            const waiting = await other.lock!.enter(ticket(lockId, 'second'), steadyNow());
            expect(waiting).toMatchObject({ status: 'queued', ahead: 1 });
            heard.length = 0;
            await one.lock!.release(lockId, fence, steadyNow());
            const granted = () => heard.filter(({ notice }) => notice.kind === 'granted');
            waits.push(await until(() => granted().length === 2));
            expect(granted().map(({ who }) => who)).toEqual(['one', 'other']);
            expect(granted()[1]!.notice).toMatchObject({ lockId, requestId: 'second' });
          }
          heard.length = 0;
          await other.queue!.push([message('1'), message('2')], steadyNow());
          waits.push(await until(() => heard.length === 2));
          expect(Math.min(...waits)).toBeLessThan(50);
          const ready = { kind: 'ready', queueId: 'q', count: 2 };
          expect(heard).toEqual([
            { who: 'other', notice: ready },
            { who: 'one', notice: ready },
          ]);
        }),
      60_000,
    );

    test(
      'hold a lock one after the other, in line',
      () =>
        withTwo(name, async ({ one, other }) => {
          const fences: number[] = [];
          const told = new Map<number, (fence: number) => void>();
          for (const { lock } of [one, other]) {
            await lock!.watch((notice) => {
              if (notice.kind === 'granted') told.get(notice.ticket)?.(notice.grant.fence);
            });
          }
          await sleep(200);
          let holders = 0;
          const hold = async (backend: Backend, requestId: string) => {
            const outcome = await backend.lock!.enter(ticket('l', requestId), steadyNow());
            if (!('ticket' in outcome)) throw new Error(outcome.status);
            const fence =
              outcome.status === 'granted'
                ? outcome.grant.fence
                : await new Promise<number>((resolve) => {
                    told.set(outcome.ticket, resolve);
                    const keep = [{ lockId: 'l', ticket: outcome.ticket, lease: 60 * second }];
                    backend.lock!.keep(keep, steadyNow()).then(
                      ([kept]) => {
                        if (kept?.status === 'granted') resolve(kept.grant.fence);
                      },
                      () => {},
                    );
                  });
            holders += 1;
            expect(holders).toBe(1);
            fences.push(fence);
            await sleep(1);
            holders -= 1;
            expect(await backend.lock!.release('l', fence, steadyNow())).toEqual({ status: 'released' });
          };
          await Promise.all(Array.from({ length: 60 }, (_, i) => hold(i % 2 === 0 ? one : other, `r${i}`)));
          expect(fences).toHaveLength(60);
          expect(fences).toEqual(fences.toSorted((a, b) => a - b));
        }),
      60_000,
    );

    test(
      'take turns at a queue, none of whose messages is handed out twice',
      () =>
        withTwo(name, async ({ one, other }) => {
          const groups = ['', ...names, 'g'];
          const all = Array.from({ length: 300 }, (_, i) =>
            message(`${i}`, { groupId: groups[i % groups.length]! }),
          );
          await one.queue!.push(all, steadyNow());
          const seen: string[] = [];
          const consume = async ({ queue }: Backend) => {
            for (;;) {
              const deliveries = await claim(queue!, { maxMessages: 7 });
              if (deliveries.length === 0) return;
              seen.push(...valuesOf(deliveries));
              await ack(queue!, deliveries);
            }
          };
          while (seen.length < 300) await Promise.all([one, other, one, other].map(consume));
          expect(new Set(seen).size).toBe(300);
          for (const group of groups.slice(1)) {
            const order = seen.map(Number).filter((i) => groups[i % groups.length] === group);
            expect(order).toEqual(order.toSorted((a, b) => a - b));
          }
          expect(await one.queue!.list('', '', 10, steadyNow())).toEqual([]);
        }),
      60_000,
    );
  });
}

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
      await one.lock!.enter(ticket('l', 'r', { lifetime: 300_000 }), 0);
      await one.queue!.push([message('1'), message('2', { delay: 300_000 })], 0);
      await claim(one.queue!, { lease: 300_000 });
      for (const at of [0, steadyNow() + day]) {
        expect(await other.lock!.get('l', 0, at)).toMatchObject({ holder: { kind: 'lease' } });
        expect(await other.queue!.get('q', at)).toMatchObject({ ready: 0, inFlight: 1, delayed: 1 });
      }
      const { next } = await other.lock!.expire(100, 5_000);
      expect(next).toBeGreaterThan(5_000);
      expect(next).toBeLessThanOrEqual(5_000 + 300_000);
      await sleep(310);
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

  const dedupWindow = 300_000;
  test('refuse a dedup id in whatever partition its message is', () =>
    withTwo(
      'redis',
      async ({ one, other }) => {
        const push = async ({ queue }: Backend, groupId: string, more: Partial<NewMessage> = {}) =>
          (await queue!.push([message('x', { groupId, dedupId: 'd', ...more })], steadyNow()))[0]!;
        for (const groupId of ['', ...elsewhere]) {
          const request = { id: `of ${groupId}`, digest: 'x' };
          const first = await push(one, groupId, { request });
          if (first.status !== 'done') throw new Error(`it was ${first.status}`);
          const refused = { status: 'refused', messageId: first.result.messageId };
          const all = ['', ...names];
          const twins = async () => Promise.all(all.map((group) => push(other, group)));
          expect(await twins()).toEqual(all.map(() => refused));
          expect(await push(other, groupId, { request })).toEqual({ ...first, status: 'repeated' });
          expect(await push(other, groupId, { request: { ...request, digest: 'y' } })).toEqual({
            status: 'request_id_reused',
          });
          await ack(other.queue!, await claim(other.queue!));
          expect(await twins()).toEqual(all.map(() => refused));
          await sleep(dedupWindow / 1_000 + 20);
        }
        const many = await Promise.all(
          [one, other, one, other].map((backend, i) => push(backend, names[i]!)),
        );
        expect(many.filter(({ status }) => status === 'done')).toHaveLength(1);
        const batch = ['', ...names].map((groupId) => message('y', { groupId, dedupId: 'e' }));
        const outcomes = await one.queue!.push(batch, steadyNow());
        expect(outcomes.filter(({ status }) => status === 'done')).toHaveLength(1);
        expect(outcomes.filter(({ status }) => status === 'refused')).toHaveLength(4);
      },
      { dedupWindow },
    ));

  test('let one of two pushes come to be whose dedup id is reserved at the same time', () =>
    withTwo('redis', async ({ one, url, namespace }) => {
      const connection = await connectionTo(url);
      let [reserved, goOn] = [() => {}, () => {}];
      const isReserved = new Promise<void>((resolve) => {
        reserved = resolve;
      });
      const mayGoOn = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const slow: Runner = {
        call: (command, ...args) => connection.call(command, ...args),
        run: async (script, ...rest) => {
          if (script === scripts.push) {
            reserved();
            await mayGoOn;
          }
          return connection.run(script, ...rest);
        },
      };
      const options = { partitions, dedupWindow: 60 * second, clock: 'server' } as const;
      const { queue } = await linesOn(slow, url, namespace, options);
      const asked = (groupId: string) => [message(groupId, { groupId, dedupId: 'd' })];
      const late = queue.push(asked(elsewhere[0]!), steadyNow());
      await isReserved;
      const [first] = await one.queue!.push(asked(elsewhere[1]!), steadyNow());
      goOn();
      if (first?.status !== 'done') throw new Error(`it was ${first?.status}`);
      expect(await late).toEqual([{ status: 'refused', messageId: first.result.messageId }]);
      expect(valuesOf(await claim(one.queue!))).toEqual([elsewhere[1]]);
    }));

  test('free a dedup id that was reserved for a message that never came', () =>
    withTwo(
      'redis',
      async ({ one, url, namespace }) => {
        const groupId = elsewhere[0]!;
        const pushed = () => one.queue!.push([message('x', { groupId, dedupId: 'd' })], steadyNow());
        await pushed();
        const { client } = await connectionTo(url);
        await client.del(`{${namespace}:${partitionOf(groupId, partitions)}}:messages`);
        expect(await pushed()).toMatchObject([{ status: 'done' }]);
        await ack(one.queue!, await claim(one.queue!));
        for (let i = 0; i < 3; i++) {
          await sleep(dedupWindow / 1_000 + 20);
          while (await one.queue!.sweep(100, steadyNow()));
        }
        const left = (await keysOf(url, namespace)).map((key) => key.replace(/^\d+:/, ''));
        expect(left).not.toContain('messages');
        expect(left).not.toContain('dedup_times');
      },
      { dedupWindow },
    ));

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
