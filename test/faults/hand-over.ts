import { expect } from '@jest/globals';
import { span } from '../e2e/calls.js';
import { json } from '../e2e/keyed.js';
import type { Sidecar } from '../e2e/sidecar.js';

/** From a call at one sidecar to what it brings about at another, on a busy machine; polling would take longer. */
const promptMs = 700;

/** Shows that sidecars hear of each other: of a lock that is released, a message that is pushed, an event. */
export async function handOver(one: Sidecar, other: Sidecar): Promise<void> {
  const ids = Array.from({ length: 8 }, (_, i) => `handed-${i}`);
  for (const id of ids) await handLock(one, other, id);
  for (const id of ids) await handMessage(one, other, id);
}

async function handLock(one: Sidecar, other: Sidecar, lockId: string): Promise<void> {
  const wait = { lifetime: span(20_000), waitDuration: span(10_000) };
  const { grant } = await one.connection.lock.acquireLock({ lockId, requestId: 'first', ...wait });
  const waiting = other.connection.lock.acquireLock({ lockId, requestId: 'second', ...wait });
  await isWaiting(one, lockId);
  const began = performance.now();
  await one.connection.lock.releaseLock({ lockId, fence: grant!.fence });
  const { fence } = (await waiting).grant!;
  expect(performance.now() - began).toBeLessThan(promptMs);
  await other.connection.lock.releaseLock({ lockId, fence });
}

async function isWaiting({ connection }: Sidecar, lockId: string): Promise<void> {
  while ((await connection.lock.getLock({ lockId })).waiters.length === 0);
}

async function handMessage(one: Sidecar, other: Sidecar, queueId: string): Promise<void> {
  const popping = other.connection.queue.popMessage({ queueId, waitDuration: span(10_000) });
  // It waits by now.
  await other.connection.queue.getQueue({ queueId });
  const began = performance.now();
  await one.connection.queue.pushMessages({ queueId, messages: [{ value: json('1') }] });
  expect((await popping).message).toBeDefined();
  expect(performance.now() - began).toBeLessThan(promptMs);
}
