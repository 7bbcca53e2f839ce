import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { steadyNow } from '#src/storage/clock.js';
import { partitionOf } from '#src/storage/partition.js';
import type { Backend } from '#src/storage/ports/backend.js';
import type { NewTicket } from '#src/storage/ports/lock.js';
import type { ClaimRequest, Delivery, NewMessage, QueueStore } from '#src/storage/ports/queue.js';
import { identify } from '#src/storage/redis/identity.js';
import type * as redis from '#src/storage/redis/index.js';
import { Lines, type LinesOptions } from '#src/storage/redis/lines.js';
import { parseLocation } from '#src/storage/redis/location.js';
import { openLock } from '#src/storage/redis/lock.js';
import { Notices } from '#src/storage/redis/notices.js';
import { Partitions } from '#src/storage/redis/partitions.js';
import { openQueue } from '#src/storage/redis/queue.js';
import type { Runner } from '#src/storage/redis/script.js';
import { open } from '#src/storage/registry.js';
import { inNamespace, newNamespace, removeNamespace, shared } from './redis-tools.js';

/** Locks and queues in a namespace of a server, whose scripts go through a runner. */
export async function linesOn(
  runner: Runner,
  url: string,
  namespace: string,
  { partitions, ...options }: LinesOptions & { readonly partitions: number },
) {
  const identity = await identify(runner, namespace, partitions);
  const colon = url.indexOf(':');
  const target = parseLocation(url.slice(0, colon), url.slice(colon + 1));
  const notices = new Notices(target, namespace);
  const lines = new Lines(new Partitions(runner, namespace, identity), notices, options);
  return { lock: openLock(lines), queue: openQueue(lines) };
}

export const second = 1_000_000;
/** Of the stores that `withTwo` opens. */
export const partitions = 4;

/** A lease of a minute, waited for. */
export function ticket(lockId: string, requestId: string, more: Partial<NewTicket> = {}): NewTicket {
  return {
    ...{ lockId, requestId, owner: '', kind: 'lease', lifetime: 60 * second, lease: 60 * second },
    ...{ wait: true, interrupt: false, maxWaiting: 1_000 },
    ...more,
  };
}

/** A message in queue "q". */
export function message(value: string, more: Partial<NewMessage> = {}): NewMessage {
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

/** Claims up to 100 messages of queue "q". */
export async function claim(
  queue: QueueStore,
  more: Partial<ClaimRequest> = {},
  now = steadyNow(),
): Promise<readonly Delivery[]> {
  const request = {
    queueId: 'q',
    maxMessages: 100,
    maxBytes: 1 << 20,
    lease: 60 * second,
    owner: 'w',
    groups: true,
  };
  const outcome = await queue.claim({ ...request, ...more }, now);
  if (outcome.status !== 'claimed') throw new Error(`it was not claimed: ${outcome.status}`);
  return outcome.deliveries;
}

export async function ack(
  queue: QueueStore,
  deliveries: readonly Delivery[],
  now = steadyNow(),
): Promise<void> {
  const all = deliveries.map(({ receipt }) => ({ kind: 'ack', receipt }) as const);
  for (const { status } of await queue.settle(all, now)) expect(status).toBe('done');
}

export function valuesOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ message }) => `${message.value}`);
}

/** Enters a line that is empty. */
export async function fenceOf(backend: Backend, asked: NewTicket): Promise<number> {
  const outcome = await backend.lock!.enter(asked, steadyNow());
  if (outcome.status !== 'granted') throw new Error(`it was not granted: ${outcome.status}`);
  return outcome.grant.fence;
}

/** A name in each partition. */
export const names = Array.from({ length: partitions }, (_, partition) => {
  for (let n = 0; ; n++) if (partitionOf(`n${n}`, partitions) === partition) return `n${n}`;
});
/** Those whose partition isn't that of queue "q". */
export const elsewhere = names.filter(
  (name) => partitionOf(name, partitions) !== partitionOf('q', partitions),
);

/** Waits for what must come within five seconds; answers how long it took, in milliseconds. */
export async function until(holds: () => boolean): Promise<number> {
  const begun = performance.now();
  while (!holds()) {
    if (performance.now() - begun > 5_000) throw new Error('it does not come');
    await sleep(1);
  }
  return performance.now() - begun;
}

export interface Given {
  /** Two sidecars' backends on one store. */
  readonly one: Backend;
  readonly other: Backend;
  readonly url: string;
  readonly namespace: string;
}

/** Runs a test's body in a new namespace of a server of test/servers. */
export async function withTwo(
  name: string,
  body: (given: Given) => Promise<void>,
  options: Partial<Parameters<typeof redis.open>[1]> = {},
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
