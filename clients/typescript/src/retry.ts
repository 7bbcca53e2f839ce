import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError, Status } from 'nice-grpc';
import { CallError } from './error.js';

/** Waits before the next of several attempts: longer each time, never the same for two clients. */
export function backoffMs(attempt: number): number {
  return Math.min(2000, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/** Whether a call failed in a way that leaves its outcome open or may pass, so that it can be repeated. */
export function isTransient(error: unknown): boolean {
  if (error instanceof CallError && error.aborted) return false;
  return error instanceof ClientError && transient.has(error.code);
}

const transient: ReadonlySet<Status> = new Set([
  Status.UNAVAILABLE,
  Status.CANCELLED,
  Status.DEADLINE_EXCEEDED,
]);

/** Repeats a call that is safe to repeat until it succeeds, fails for good, or has failed for `limitMs`. */
export async function retrying<T>(call: () => Promise<T>, limitMs: number): Promise<T> {
  const end = performance.now() + limitMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const wait = backoffMs(attempt);
      if (!isTransient(error) || performance.now() + wait > end) throw error;
      await sleep(wait);
    }
  }
}
