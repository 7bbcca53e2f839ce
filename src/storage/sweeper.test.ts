import { afterEach, describe, expect, test } from '@jest/globals';
import { Sweeper } from './sweeper.js';

const sweepers: Sweeper[] = [];
afterEach(async () => {
  for (const sweeper of sweepers.splice(0)) await sweeper[Symbol.asyncDispose]();
});

/** A sweeper of so many things, which removes one a step; `fail` makes the next step fail. */
function sweeping(things: number, intervalMs = 600_000) {
  const seen = { left: things, steps: 0, underWay: 0, fail: false, errors: [] as unknown[] };
  const step = async () => {
    seen.steps += 1;
    expect(seen.underWay).toBe(0);
    seen.underWay = 1;
    await new Promise((resolve) => setTimeout(resolve, 2));
    seen.underWay = 0;
    if (seen.fail) throw new Error('disk');
    seen.left = Math.max(0, seen.left - 1);
    return seen.left > 0;
  };
  const sweeper = new Sweeper({ step, intervalMs, onError: (error) => seen.errors.push(error) });
  sweepers.push(sweeper);
  return { sweeper, seen };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('a sweeper', () => {
  test('removes what it finds at the start, step by step, and then rests', async () => {
    const { seen } = sweeping(3);
    await until(() => seen.left === 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.steps).toBe(3);
  });

  test('hears every call, whenever it comes', async () => {
    let steps = 0;
    const callAfter = async (microtasks: number) => {
      for (let i = 0; i <= microtasks; i++) await undefined;
      if (steps < 12) sweeper.wake();
    };
    const step = async () => {
      void callAfter(steps++);
      return false;
    };
    const sweeper = new Sweeper({ step, intervalMs: 600_000, onError: () => {} });
    sweepers.push(sweeper);
    await until(() => steps === 12);
  });

  test('takes one step at a time, however often it is called', async () => {
    const { sweeper, seen } = sweeping(5);
    while (seen.left > 0) {
      sweeper.wake();
      await new Promise(setImmediate);
    }
    expect(seen.errors).toEqual([]);
  });

  test('looks now and then without a call', async () => {
    const { seen } = sweeping(1, 5);
    await until(() => seen.steps > 3);
  });

  test('goes on after a step that failed', async () => {
    const { sweeper, seen } = sweeping(2);
    seen.fail = true;
    await until(() => seen.errors.length > 0);
    seen.fail = false;
    sweeper.wake();
    await until(() => seen.left === 0);
    expect(seen.errors).toEqual([new Error('disk')]);
  });

  test('ends its step and takes no other when it is disposed of', async () => {
    const { sweeper, seen } = sweeping(1_000, 5);
    expect(seen.underWay).toBe(1);
    await sweeper[Symbol.asyncDispose]();
    expect(seen.underWay).toBe(0);
    const { steps } = seen;
    sweeper.wake();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.steps).toBe(steps);
  });
});
