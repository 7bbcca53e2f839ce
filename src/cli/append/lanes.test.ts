import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createLanes } from './lanes.js';

function deferred() {
  let settle = { resolve: () => {}, reject: (_: Error) => {} };
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

describe('lanes', () => {
  test('run that many tasks at a time', async () => {
    const lanes = createLanes({ tasks: 3, bytes: 1000, onFailure: () => {} });
    let running = 0;
    let most = 0;
    for (let i = 0; i < 20; i++) {
      await lanes.begin(String(i), 1, async () => {
        most = Math.max(most, ++running);
        await turn();
        running--;
      });
    }
    await lanes.finish();
    expect({ most, running }).toEqual({ most: 3, running: 0 });
  });

  test('hold at most so many bytes, or one task that is larger', async () => {
    const lanes = createLanes({ tasks: 10, bytes: 100, onFailure: () => {} });
    let held = 0;
    const seen: number[] = [];
    for (const bytes of [60, 40, 30, 500, 30, 30]) {
      await lanes.begin(String(seen.length), bytes, async () => {
        held += bytes;
        seen.push(held);
        await turn();
        held -= bytes;
      });
    }
    await lanes.finish();
    expect(Math.max(...seen)).toBe(500);
    expect(seen.filter((bytes) => bytes > 100)).toEqual([500]);
    expect(seen).toContain(100);
  });

  test('keep the order within a key', async () => {
    const lanes = createLanes({ tasks: 10, bytes: 1000, onFailure: () => {} });
    const order: string[] = [];
    const first = deferred();
    await lanes.begin('a', 1, () => first.promise.then(() => void order.push('a1')));
    await lanes.begin('a', 1, async () => void order.push('a2'));
    await lanes.begin('b', 1, async () => void order.push('b1'));
    await turn();
    first.resolve();
    await lanes.finish();
    expect(order).toEqual(['b1', 'a1', 'a2']);
  });

  test('begin nothing after a failure, finish what runs, and tell the first failure', async () => {
    let failures = 0;
    const lanes = createLanes({ tasks: 10, bytes: 1000, onFailure: () => void failures++ });
    const [bad, slow] = [deferred(), deferred()];
    const done: string[] = [];
    await lanes.begin('bad', 1, () => bad.promise);
    await lanes.begin('bad', 1, async () => void done.push('behind the bad one'));
    await lanes.begin('slow', 1, () => slow.promise.then(() => void done.push('slow')));
    bad.reject(new Error('no'));
    await turn();
    await lanes.begin('new', 1, async () => void done.push('new'));
    setImmediate(slow.resolve);
    await expect(lanes.finish()).rejects.toThrow('no');
    expect({ done, failures }).toEqual({ done: ['slow'], failures: 1 });
  });
});
