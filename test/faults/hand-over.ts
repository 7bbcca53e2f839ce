import { expect } from '@jest/globals';
import { failureOf, span } from '../e2e/calls.js';
import { json } from '../e2e/keyed.js';
import type { Sidecar } from '../e2e/sidecar.js';

/** From a call at one sidecar to what it brings about at another, on a busy machine; polling would take longer. */
const promptMs = 3_000;

/** Shows that sidecars hear of each other: of a lock that is released, a message that is pushed, an event. */
export async function handOver(one: Sidecar, other: Sidecar): Promise<void> {
  const ids = Array.from({ length: 8 }, (_, i) => `handed-${i}`);
  for (const id of ids) await handLock(one, other, id);
  for (const id of ids) await handMessage(one, other, id);
  await handConversation(one, other, 'handed-conversation');
}

/** Who worked on when the holding was over is refused once the next holder has written. */
async function handConversation(one: Sidecar, other: Sidecar, id: string): Promise<void> {
  const take = async ({ connection }: Sidecar, requestId: string) => {
    const wait = { lifetime: span(200), waitDuration: span(10_000) };
    return (await connection.lock.acquireLock({ lockId: id, requestId, ...wait })).grant!;
  };
  const write = ({ tracker }: Sidecar, { fence }: { readonly fence: bigint }) =>
    tracker.appendEvents({ conversationId: id, events: [{ type: 'bot', data: '{}' }], fence });
  const [early, late] = [await take(one, 'first'), await take(other, 'second')];
  await write(other, late);
  expect(await failureOf(write(one, early))).toMatchObject({ reason: 'FENCE_STALE' });
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
