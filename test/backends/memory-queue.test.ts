import { describe, expect, test } from '@jest/globals';
import { maxEndings } from '#src/storage/judge-lock.js';
import { newMessageId } from '#src/storage/judge-queue.js';
import { open } from '#src/storage/memory/index.js';
import { maxRequests } from '#src/storage/once.js';
import type { Delivery, Receipt, Settlement } from '#src/storage/ports/queue.js';
import {
  claim,
  type Held,
  heapUsed,
  message,
  openHeld,
  randomFrom,
  second,
  start,
  ticket,
} from './held-tools.js';

describe('what can be claimed', () => {
  /** The messages that can be, by the port's words, found by looking at each. */
  function claimable({ state }: Held, queueId: string): string[] {
    const queue = state.queues.queue(queueId);
    if (!queue) return [];
    const all = Object.values(queue.byState).flatMap((places) => [...places.from({ place: 0 })]);
    all.sort((a, b) => a.place - b.place);
    const seen = new Set<string>();
    const isFirst = (groupId: string) => groupId === '' || (!seen.has(groupId) && seen.add(groupId));
    return all
      .filter(({ state }) => state !== 'parked')
      .filter(({ message }) => isFirst(message.groupId))
      .filter(({ state }) => state === 'ready')
      .filter(({ message: { groupId } }) => groupId === '' || state.lines.length(groupId) === 0)
      .map(({ message }) => message.messageId);
  }

  test.each([1, 2, 3, 4, 5, 6])(
    'is what is ready, first of its group, and of a free lock (%i)',
    async (seed) => {
      const held = openHeld();
      const { lock, queue, state } = held;
      const random = randomFrom(seed);
      const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
      const queues = ['p', 'q'];
      const groups = ['', 'g', 'h', 'i'];
      let now = start;
      let receipts: Receipt[] = [];
      const fences = new Map<string, number>();
      let told = 0;
      const watching = await queue.watch((notice) => {
        if (notice.kind === 'ready') told += notice.count;
      });
      const operations: (() => Promise<unknown>)[] = [
        () => queue.push([message(pick(queues), { groupId: pick(groups), maxAttempts: 2 })], now),
        () => queue.push([message(pick(queues), { groupId: pick(groups), delay: 3 * second })], now),
        async () => {
          const deliveries = await claim(queue, pick(queues), now, { maxMessages: 2, lease: 5 * second });
          receipts.push(...deliveries.map(({ receipt }) => receipt));
        },
        async () => {
          const queueId = pick(queues);
          await queue.get(queueId, now);
          const [first] = claimable(held, queueId);
          const outcome = await queue.pop(queueId, true, now);
          const popped = outcome.status === 'popped' ? outcome.message : undefined;
          expect(popped?.messageId).toBe(first);
          if (popped && random() < 0.5) await queue.putBack([popped], now);
        },
        async () => {
          const kind = pick(['ack', 'nack', 'return', 'extend'] as const);
          const receipt = pick(receipts);
          if (!receipt) return;
          const delay = random() < 0.5 ? 2 * second : undefined;
          await queue.settle([{ kind, receipt, delay, lease: 5 * second } as Settlement], now);
        },
        async () => {
          const lockId = pick(groups.slice(1));
          const entered = await lock.enter(ticket(lockId, `${random()}`, { lease: 4 * second }), now);
          if (entered.status === 'granted') fences.set(lockId, entered.grant.fence);
        },
        async () => {
          for (const [lockId, fence] of fences) await lock.release(lockId, fence, now);
        },
        () => lock.delete(pick(groups.slice(1)), undefined, now),
        () =>
          queue.purge(pick(queues), [pick(['ready', 'delayed', 'in_flight', 'parked'] as const)], 0, 1, now),
        async () => queue.replay(pick(queues), undefined, 0, await queue.lastPlace(), 2, now),
        async () => {
          now += Math.floor(random() * 2 * second);
          await queue.expire(1, now);
        },
      ];
      for (let i = 0; i < 1_500; i++) {
        const before = new Set(queues.flatMap((queueId) => claimable(held, queueId)));
        told = 0;
        await pick(operations)();
        const after = queues.flatMap((queueId) => {
          const ids = claimable(held, queueId);
          const indexed = state.queues.queue(queueId)?.claimable.from({ place: 0 }) ?? [];
          expect([...indexed].map(({ message }) => message.messageId)).toEqual(ids);
          return ids;
        });
        expect(told).toBeGreaterThanOrEqual(after.filter((id) => !before.has(id)).length);
        receipts = receipts.slice(-20);
      }
      await watching[Symbol.asyncDispose]();
    },
  );
});

describe('queues in memory', () => {
  test('take no more than they may, and what is done gives room', async () => {
    const maxBytes = 200_000;
    const { queue, state } = openHeld({ maxBytes });
    const value = 'x'.repeat(10_000);
    const push = async () => (await queue.push([message('q', { value })], start))[0]!.status;
    let pushed = 0;
    while ((await push()) === 'done') pushed += 1;
    expect(pushed).toBeGreaterThan(15);
    expect(await push()).toBe('full');
    expect(state.queues.bytes).toBeLessThanOrEqual(maxBytes);
    await queue.pop('q', true, start);
    expect(await push()).toBe('done');
    expect(await push()).toBe('full');
    await queue.purge('q', ['ready'], 0, 1_000, start);
    expect(state.queues.bytes).toBe(0);
  });

  test('count dedup ids that are refused after their messages', async () => {
    const { queue, state } = openHeld({ maxBytes: 100_000 });
    let done = 0;
    for (; done < 10_000; done++) {
      const [outcome] = await queue.push([message('q', { dedupId: `${done}` })], start);
      if (outcome!.status === 'full') break;
      await queue.pop('q', true, start);
    }
    expect(done).toBeLessThan(400);
    const later = start + 300 * second;
    while (await queue.sweep(10, later));
    expect(state.dedups.bytes).toBe(0);
    expect(await queue.push([message('q', { dedupId: '0' })], later)).toMatchObject([{ status: 'done' }]);
  });

  test('are as large as they are opened', async () => {
    const { queue } = await open('', { partitions: undefined, queueBytes: 100_000, dedupWindow: second });
    const large = message('q', { value: 'x'.repeat(100_000) });
    expect(await queue!.push([large, message('q', { dedupId: 'd' })], start)).toMatchObject([
      { status: 'full' },
      { status: 'done' },
    ]);
    await queue!.pop('q', true, start);
    const again = async (now: number) =>
      (await queue!.push([message('q', { dedupId: 'd' })], now))[0]!.status;
    expect(await again(start + second - 1)).toBe('refused');
    expect(await again(start + second)).toBe('done');
  });

  test('keep no more of the bytes that they are given than the value', async () => {
    const { queue } = openHeld();
    const bytes = new Uint8Array(1 << 20).fill(7);
    await queue.push([message('q', { value: bytes.subarray(10, 20) })], start);
    const [delivery] = await claim(queue, 'q', start);
    const value = delivery!.message.value as Uint8Array;
    expect(value).toEqual(bytes.subarray(10, 20));
    expect(value.buffer.byteLength).toBe(10);
  });

  test('leave nothing but what is remembered', async () => {
    const { queue, state } = openHeld({ dedupWindow: second });
    const round = async (now: number) => {
      for (let i = 0; i < 20_000; i++) {
        const queueId = `${now}-${i % 5_000}`;
        const groupId = i % 2 ? `${now}-${i}` : '';
        const dedupId = i % 3 ? `${i}` : '';
        await queue.push([message(queueId, { groupId, dedupId, delay: i % 5 ? undefined : second })], now);
        const [delivery] = await claim(queue, queueId, now, { maxMessages: 1 });
        if (delivery) await queue.settle([{ kind: 'ack', receipt: delivery.receipt }], now);
      }
      while ((await queue.expire(1_000, now + second)).more);
      for (const { queueId, ready } of await queue.list('', '', 5_000, now + second)) {
        for (let i = 0; i < ready; i++) await queue.pop(queueId, true, now + second);
      }
      expect(state.claimEndings.size).toBeGreaterThan(10_000);
      while (await queue.sweep(1_000, now + 25 * 3_600 * second));
      const { queues, dedups, claimEndings, lines } = state;
      expect([queues.size, queues.bytes, dedups.bytes, claimEndings.size, lines.size]).toEqual([
        0, 0, 0, 0, 0,
      ]);
      expect([queues.nextToTurn, ...queues.idsFrom('')]).toEqual([undefined]);
      return heapUsed();
    };
    const before = await round(start);
    expect((await round(start + 100 * 3_600 * second)) - before).toBeLessThan(2 << 20);
  }, 60_000);

  test('remember so many ends of claims', async () => {
    const { queue, state } = openHeld();
    const receipts: Receipt[] = [];
    for (let i = 0; i <= maxEndings; i++) {
      if (i % 1_000 === 0)
        await queue.push(
          Array.from({ length: 1_000 }, () => message('q')),
          start,
        );
      const [delivery] = await claim(queue, 'q', start, { maxMessages: 1 });
      receipts.push(delivery!.receipt);
      await queue.settle([{ kind: 'ack', receipt: delivery!.receipt }], start);
    }
    expect(state.claimEndings.size).toBe(maxEndings);
    const again = await queue.settle(
      [0, 1].map((i) => ({ kind: 'ack', receipt: receipts[i]! })),
      start,
    );
    expect(again).toEqual([{ status: 'ended', ending: undefined }, { status: 'repeated' }]);
  }, 60_000);

  test('remember so many pushes', async () => {
    const { queue } = openHeld();
    const push = async (id: string) => {
      const [outcome] = await queue.push([message('q', { request: { id, digest: '' } })], start);
      await queue.pop('q', true, start);
      return outcome!.status;
    };
    for (let i = 0; i <= maxRequests; i++) await push(`${i}`);
    expect(await push('1')).toBe('repeated');
    expect(await push('0')).toBe('done');
  });

  test('give a number to each claim that is that of its ticket and its fence', async () => {
    const { queue, lock } = openHeld();
    await queue.push([message('q', { groupId: 'g' }), message('q'), message('q', { groupId: 'h' })], start);
    const deliveries = await claim(queue, 'q', start);
    const claims = deliveries.map(({ receipt }) => receipt.claim);
    expect(claims).toEqual([start, start + 1, start + 2]);
    expect(deliveries.map(({ fence }) => fence)).toEqual([start, undefined, start + 2]);
    const holder = { ticket: start, fence: start, kind: 'claim', leaseEnd: start + 30 * second };
    expect(await lock.get('g', 0, start)).toMatchObject({ holder });
  });

  test('know a claim by the whole of its receipt', async () => {
    const { queue } = openHeld();
    await queue.push([message('q'), message('q')], start);
    const [{ receipt }, other] = (await claim(queue, 'q', start)) as [Delivery, Delivery];
    const wrong: Receipt[] = [
      { ...receipt, partition: 1 },
      { ...receipt, claim: receipt.claim - 1 },
      { ...receipt, messageId: other.receipt.messageId },
      { ...receipt, messageId: newMessageId() },
    ];
    const ack = (of: readonly Receipt[]) =>
      queue.settle(
        of.map((one) => ({ kind: 'ack', receipt: one })),
        start,
      );
    const unknown = { status: 'ended', ending: undefined };
    expect(await ack(wrong)).toEqual(wrong.map(() => unknown));
    expect(await ack([receipt])).toEqual([{ status: 'done' }]);
    expect(await ack(wrong)).toEqual(wrong.map(() => unknown));
    expect(await ack([receipt])).toEqual([{ status: 'repeated' }]);
  });

  test('tell when the next thing is due, whatever was extended or settled meanwhile', async () => {
    const { queue } = openHeld();
    const next = async () => (await queue.expire(100, start)).next;
    expect(await next()).toBeUndefined();
    await queue.push([message('q'), message('q', { delay: 60 * second })], start);
    expect(await next()).toBe(start + 60 * second);
    const [delivery] = await claim(queue, 'q', start, { lease: 5 * second });
    const { receipt } = delivery!;
    expect(await next()).toBe(start + 5 * second);
    await queue.settle([{ kind: 'extend', receipt, lease: 7 * second }], start);
    expect(await next()).toBe(start + 7 * second);
    await queue.settle([{ kind: 'nack', receipt, delay: 3 * second }], start);
    expect(await next()).toBe(start + 3 * second);
    await queue.purge('q', ['delayed'], 0, 10, start);
    expect(await next()).toBeUndefined();
  });
});
