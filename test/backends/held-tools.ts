import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { newState, type State } from '#src/storage/memory/held.js';
import { openLock } from '#src/storage/memory/lock.js';
import { openQueue } from '#src/storage/memory/queue.js';
import type { LockStore, NewTicket } from '#src/storage/ports/lock.js';
import type { ClaimRequest, Delivery, NewMessage, QueueStore } from '#src/storage/ports/queue.js';

export const second = 1_000_000;
/** When the tests begin, in microseconds. */
export const start = 1_700_000_000 * second;

export interface Held {
  readonly state: State;
  readonly lock: LockStore;
  readonly queue: QueueStore;
}

/** Locks and queues in memory, and what they keep. */
export function openHeld(
  options: { maxTickets?: number; maxBytes?: number; dedupWindow?: number } = {},
): Held {
  const { maxTickets = 1_000_000, maxBytes = 256 << 20, dedupWindow = 300 * second } = options;
  const state = newState(dedupWindow);
  return { state, lock: openLock(state, maxTickets), queue: openQueue(state, maxBytes) };
}

export function ticket(lockId: string, requestId: string, more: Partial<NewTicket> = {}): NewTicket {
  return {
    lockId,
    requestId,
    owner: '',
    kind: 'stream',
    lifetime: undefined,
    lease: 10 * second,
    wait: true,
    interrupt: false,
    maxWaiting: 10_000,
    ...more,
  };
}

export function message(queueId: string, more: Partial<NewMessage> = {}): NewMessage {
  return {
    queueId,
    value: '1',
    groupId: '',
    dedupId: '',
    delay: undefined,
    maxAttempts: 5,
    request: undefined,
    ...more,
  };
}

/** Claims messages, and fails where they can't be. */
export async function claim(
  queue: QueueStore,
  queueId: string,
  now: number,
  more: Partial<ClaimRequest> = {},
): Promise<readonly Delivery[]> {
  const request = {
    queueId,
    maxMessages: 1_000,
    maxBytes: 1 << 20,
    lease: 30 * second,
    owner: '',
    groups: true,
  };
  const outcome = await queue.claim({ ...request, ...more }, now);
  if (outcome.status !== 'claimed') throw new Error(outcome.status);
  return outcome.deliveries;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What is in use of the heap after a collection. */
export function heapUsed(): number {
  setFlagsFromString('--expose_gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  return process.memoryUsage().heapUsed;
}
