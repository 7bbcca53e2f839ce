import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a load came to. */
export interface Load {
  readonly calls: number;
  readonly seconds: number;
}

/** Keeps a number of calls in flight for a time. */
export async function saturate(call: () => Promise<unknown>, inFlight: number, ms: number): Promise<Load> {
  const start = performance.now();
  let calls = 0;
  const lane = async () => {
    while (performance.now() - start < ms) {
      await call();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { calls, seconds: (performance.now() - start) / 1_000 };
}

/** Makes a number of calls, so many at a time. */
export async function repeat(call: () => Promise<unknown>, inFlight: number, calls: number): Promise<Load> {
  const start = performance.now();
  let left = calls;
  const lane = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { calls, seconds: (performance.now() - start) / 1_000 };
}

/** Begins calls at a fixed rate for a time, whether or not earlier ones have ended. */
export async function pace(call: () => Promise<unknown>, perSecond: number, ms: number): Promise<Load> {
  const start = performance.now();
  const total = Math.round((perSecond * ms) / 1_000);
  const calls: Promise<unknown>[] = [];
  while (calls.length < total) {
    const due = Math.ceil(((performance.now() - start) * perSecond) / 1_000);
    while (calls.length < Math.min(due, total)) calls.push(call());
    await sleep(1);
  }
  await Promise.all(calls);
  return { calls: calls.length, seconds: (performance.now() - start) / 1_000 };
}
