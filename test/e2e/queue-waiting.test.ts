import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failureOf, span, upTo } from './calls.js';
import {
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
import { cleanUp, temporaryFolder } from './sidecar.js';
import { whileStoreStands } from './standstill.js';

afterAll(cleanUp);

/** Runs a call that vanishes when it is told to. */
function vanishing<T>(run: (signal: AbortSignal) => Promise<T>) {
  const aborter = new AbortController();
  const result = run(aborter.signal).then(
    (answer) => ({ answer }),
    () => undefined,
  );
  return { result, vanish: () => aborter.abort() };
}

describe.each(engines)('waiting on %s', (engine) => {
  let queues: Queues;
  beforeAll(async () => {
    queues = await startQueues({ storage: await storageOn(engine) });
  });

  const waitDuration = span(20_000);
  const pop = async (queueId: string, waitMs = 20_000) => {
    const { message } = await queues.queue.popMessage({ queueId, waitDuration: span(waitMs) });
    return message && numberOf(message);
  };
  /** Lets that many calls begin to wait, one behind the other. */
  const settle = () => sleep(50);

  test('a pop and a claim wait for a message', async () => {
    const { queue } = queues;
    const popped = pop('one');
    await settle();
    await push(queue, 'one', [1]);
    expect(await popped).toBe(1);
    const claimed = queue.claimMessages({ queueId: 'one', maxMessages: 10, waitDuration });
    await settle();
    await push(queue, 'one', upTo(4, 2));
    expect(numbersOf((await claimed).deliveries)[0]).toBe(2);
  });

  test('the end of the wait answers empty', async () => {
    const begun = performance.now();
    expect(await pop('empty', 120)).toBeUndefined();
    expect(
      (await queues.queue.claimMessages({ queueId: 'empty', waitDuration: span(50) })).deliveries,
    ).toEqual([]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(165);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('as many are served as there are messages, in the order of their waiting', async () => {
    const answers: [number, number | undefined][] = [];
    const waiting: Promise<unknown>[] = [];
    for (const waiter of upTo(10)) {
      waiting.push(pop('order').then((number) => answers.push([waiter, number])));
      await sleep(5);
    }
    await settle();
    /** The answers, once there are so many, and no more than that. */
    const answered = async (count: number) => {
      while (answers.length < count) await sleep(10);
      await sleep(50);
      return answers.toSorted(([a], [b]) => a - b);
    };
    await push(queues.queue, 'order', [1]);
    expect(await answered(1)).toEqual([[1, 1]]);
    await push(queues.queue, 'order', upTo(4, 2));
    expect(await answered(4)).toEqual(upTo(4).map((n) => [n, n]));
    // Who comes later waits behind those who are there.
    expect(await pop('order', 0)).toBeUndefined();
    await push(queues.queue, 'order', upTo(10, 5));
    await Promise.all(waiting);
    expect(await answered(10)).toEqual(upTo(10).map((n) => [n, n]));
  });

  test('a message that was given back or became due wakes one who waits', async () => {
    const { queue } = queues;
    await push(queue, 'back', [1]);
    const [delivery] = await claim(queue, 'back');
    const popped = pop('back');
    await settle();
    await queue.nackMessages({ queueId: 'back', receipts: [delivery!.receipt], delay: span(30) });
    expect(await popped).toBe(1);
  });

  test('2,000 pops that end just as a push comes lose nothing', async () => {
    const { queue } = queues;
    const [seen, left]: [number[], number[]] = [[], []];
    for (const round of upTo(20)) {
      const queueId = `edge-${round}`;
      const numbers = upTo(round * 100, round * 100 - 99);
      // Waits end, and messages come, one about every millisecond.
      const pops = numbers.map(async (_, n) => (await pop(queueId, 30 + n)) ?? []);
      const pushes = numbers.map(async (number, n) => {
        await sleep(30 + n);
        await push(queue, queueId, [number]);
      });
      await Promise.all(pushes);
      seen.push(...(await Promise.all(pops)).flat());
      left.push(...numbersOf(await claim(queue, queueId)));
    }
    process.stderr.write(`${engine}: ${seen.length} of 2,000 pops were answered with a message\n`);
    expect([...seen, ...left].sort((a, b) => a - b)).toEqual(upTo(2_000));
    // Some of either, or the edge was missed.
    expect(Math.min(seen.length, left.length)).toBeGreaterThan(20);
  });

  test('a claim whose client vanished while it waited takes nothing', async () => {
    const { queue } = queues;
    const claims = upTo(20).map(() =>
      vanishing((signal) => queue.claimMessages({ queueId: 'vanish', waitDuration }, { signal })),
    );
    const last = pop('vanish');
    await settle();
    for (const { vanish } of claims) vanish();
    await settle();
    await push(queue, 'vanish', [1]);
    expect(await last).toBe(1);
    expect(await countsOf(queue, 'vanish')).toEqual([0, 0, 0, 0]);
  });
});

describe('a client that vanishes while the store stands still', () => {
  /** Begins a call for the one message of a queue and vanishes before the store has carried it out. */
  async function countsBehind(
    call: (queues: Queues, queueId: string, signal: AbortSignal) => Promise<unknown>,
  ): Promise<unknown> {
    const path = join(await temporaryFolder(), 'trackside.db');
    const queues = await startQueues({ storage: `sqlite:${path}` });
    const queueId = 'vanish';
    await push(queues.queue, queueId, [1]);
    await whileStoreStands(path, async () => {
      const { vanish, result } = vanishing((signal) => call(queues, queueId, signal));
      await sleep(300);
      vanish();
      await Promise.all([result, sleep(300)]);
    });
    // Behind what was under way.
    await push(queues.queue, 'other', [1]);
    await sleep(100);
    return countsOf(queues.queue, queueId);
  }

  test('leaves what was claimed for it to others, not after the lease', async () => {
    const call = ({ queue }: Queues, queueId: string, signal: AbortSignal) =>
      queue.claimMessages({ queueId }, { signal });
    expect(await countsBehind(call)).toEqual([1, 0, 0, 0]);
  });

  test('leaves what was popped for it to others', async () => {
    const call = ({ queue }: Queues, queueId: string, signal: AbortSignal) =>
      queue.popMessage({ queueId }, { signal });
    expect(await countsBehind(call)).toEqual([1, 0, 0, 0]);
  });
});

describe.each(engines)('the end of the process on %s', (engine) => {
  test('ends those who wait with SHUTTING_DOWN, and nothing is lost', async () => {
    const storage = await storageOn(engine);
    const { sidecar, queue } = await startQueues({ storage });
    const pops = upTo(20).map(() =>
      failureOf(queue.popMessage({ queueId: 'q', waitDuration: span(60_000) })),
    );
    await push(queue, 'kept', upTo(3));
    const [delivery] = await claim(queue, 'kept', 1);
    await sleep(50);
    const begun = performance.now();
    const ended = sidecar.end('SIGTERM');
    for (const failure of await Promise.all(pops)) {
      expect(failure).toMatchObject({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
    }
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(5_000);
    if (engine === 'memory') return;
    const after = await startQueues({ storage });
    expect(await countsOf(after.queue, 'kept')).toEqual([2, 1, 0, 0]);
    const receipts = [delivery!.receipt];
    expect((await after.queue.ackMessages({ queueId: 'kept', receipts })).results).toMatchObject([
      { done: true },
    ]);
    expect(numbersOf(await claim(after.queue, 'kept'))).toEqual([2, 3]);
  });
});
