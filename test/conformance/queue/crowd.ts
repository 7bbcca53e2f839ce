import { setTimeout as sleep } from 'node:timers/promises';
import type { Grant } from '#gen/trackside/v1/lock_service_pb.js';
import { ClaimEnd, type Delivery } from '#gen/trackside/v1/queue_service_pb.js';
import { steadyNow } from '#src/storage/clock.js';
import { partitionOf } from '#src/storage/partition.js';
import { span } from '../../e2e/calls.js';
import { json } from '../../e2e/keyed.js';
import type { Site } from '../writer.js';
import type { Diary } from './diary.js';
import { attempt, insist } from './insist.js';

/** Names of locks, of which two are groups too. */
export const lockIds = ['a', 'c', 'd', 'b', 'e', 'f'] as const;
const groupIds = ['a', 'b', ''] as const;
export const queueIds = ['q0', 'q1'] as const;

/** So long that it runs out only where it is let run out. */
const lifetimeMs = 60_000;
const leaseMs = 5_000;
/** A lease that is let run out. */
const shortLeaseMs = 300;
/** With more in a queue nobody pushes: what is judged, and drained at the end, grows with it. */
const maxBacklog = 200n;
/** How long it may take until something comes, where something is left, with leases that run out. */
const drainMs = 30_000;

export interface Worker {
  readonly site: Site;
  readonly diary: Diary;
  readonly name: string;
  readonly stopped: () => boolean;
}

/** Pushes to a queue of its own, each request until it is answered, now and then once more. */
export async function pushTo(queueId: string, { site, diary, name, stopped }: Worker): Promise<void> {
  for (let n = 0; !stopped(); n++) {
    const requestId = `${name}-${n}`;
    const messages = Array.from({ length: (n % 3) + 1 }, (_, i) => ({
      value: json(`"${requestId}.${i}"`),
      groupId: groupIds[(n + i) % groupIds.length]!,
      dedupId: n % 5 === 0 ? `d-${(n % 20) + i}` : '',
      maxAttempts: 1_000,
    }));
    const line = diary.begin();
    const stored = new Set<number>();
    for (let repeat = n % 4 === 0 ? 1 : 0; repeat >= 0; repeat--) {
      const answer = await insist(site, ({ connection }) =>
        connection.queue.pushMessages({ queueId, messages, requestId }),
      );
      for (const [i, { messageId, refused }] of answer.results.entries()) {
        const { groupId, dedupId, maxAttempts } = messages[i]!;
        const request = `${requestId}/${i}`;
        // What was refused may be taken later on, when its dedup id is free again.
        if (refused) line.write({ what: 'refused', queueId, dedupId, messageId });
        else if (stored.has(i)) line.write({ what: 'repeated', queueId, requestId: request, messageId });
        else {
          const pushed = { messageId, groupId, dedupId, requestId: request, readyTime: 0, maxAttempts };
          line.write({ what: 'pushed', queueId, ...pushed });
          stored.add(i);
        }
      }
    }
    await sleep(Math.random() * 10);
    while (!stopped() && (await readyIn(site, queueId)) > maxBacklog) await sleep(50);
  }
}

function readyIn(site: Site, queueId: string): Promise<bigint> {
  return insist(site, async ({ connection }) => (await connection.queue.getQueue({ queueId })).queue!.ready);
}

/** Claims from a queue and acknowledges, gives back, or lets the lease run out and tries then. */
export async function consume(queueId: string, worker: Worker): Promise<void> {
  const { site, diary, stopped } = worker;
  for (let n = 0; !stopped(); n++) {
    const isLate = n % 15 === 14;
    const durationMs = isLate ? shortLeaseMs : leaseMs;
    const sent = steadyNow();
    const answer = await attempt(site, ({ connection }) =>
      connection.queue.claimMessages({ queueId, maxMessages: (n % 4) + 1, lease: span(durationMs) }),
    );
    if (answer === undefined) continue;
    for (const delivery of answer.deliveries) noteDelivery(diary, queueId, delivery, sent, durationMs);
    await sleep(isLate ? shortLeaseMs + 1_000 : Math.random() * 5);
    for (const { receipt } of answer.deliveries) {
      await settle(worker, queueId, receipt, Math.random() < 0.2 ? 'nack' : 'ack');
    }
    if (answer.deliveries.length === 0) await sleep(10);
  }
}

/** Writes down a delivery, whose lease began between the call and its answer. */
function noteDelivery(diary: Diary, queueId: string, delivery: Delivery, sent: number, ms: number): void {
  const { message, receipt, fence } = delivery;
  const { messageId, attempts } = message!;
  const lease = ms * 1_000;
  diary.write({
    ...{ what: 'delivered', queueId, messageId, receipt, attempts },
    fence: fence === undefined ? undefined : Number(fence),
    until: sent + lease,
    over: steadyNow() + lease,
  });
}

/** Settles a claim, until it is known whether that was done. */
async function settle(
  { site, diary }: Worker,
  queueId: string,
  receipt: string,
  kind: 'ack' | 'nack',
): Promise<void> {
  const line = diary.begin();
  const request = { queueId, receipts: [receipt] };
  const answer = await insist(site, async ({ connection: { queue } }) => {
    const { results } = await (kind === 'ack' ? queue.ackMessages(request) : queue.nackMessages(request));
    return results[0]!;
  });
  const { done, cause } = answer;
  const told = { queueId, kind, receipt, done, until: undefined, readyTime: undefined };
  line.write(
    { what: 'settled', ...told, cause: cause === undefined ? undefined : causes[cause] },
    done ? 'begun' : 'now',
  );
}

const causes = {
  [ClaimEnd.UNSPECIFIED]: undefined,
  [ClaimEnd.EXPIRED]: 'expired',
  [ClaimEnd.ACKED]: 'acked',
  [ClaimEnd.NACKED]: 'nacked',
  [ClaimEnd.PURGED]: 'purged',
  [ClaimEnd.DELETED]: 'deleted',
  [ClaimEnd.UNKNOWN]: undefined,
} as const;

/** Acquires locks, works a little, and releases them. */
export async function acquire(worker: Worker): Promise<void> {
  const { site, diary, name, stopped } = worker;
  for (let n = 0; !stopped(); n++) {
    const lockId = lockIds[n % lockIds.length]!;
    const requestId = `${name}-${n}`;
    const request = { lockId, requestId, owner: requestId, lifetime: span(lifetimeMs) };
    const answer = await insist(site, ({ connection }) =>
      connection.lock.acquireLock({ ...request, waitDuration: span(3_000) }),
    );
    if (!answer.grant) continue;
    const { ticket, fence } = answer.grant;
    noteGrant(worker, lockId, answer.grant);
    await sleep(Math.random() * 5);
    diary.write({ what: 'gone', lockId, ticket: Number(ticket) });
    await insist(site, ({ connection }) => connection.lock.releaseLock({ lockId, fence }));
  }
}

export function noteGrant(
  { site, diary }: Worker,
  lockId: string,
  { ticket, fence, grantTime }: Grant,
): void {
  const partition = partitionOf(lockId, site.partitions ?? 1);
  const granted = { lockId, ticket: Number(ticket), fence: Number(fence), partition };
  const time = Number(grantTime!.seconds) * 1_000_000 + Math.floor(grantTime!.nanos / 1_000);
  diary.write({ what: 'granted', ...granted, grantTime: time, until: Number.POSITIVE_INFINITY });
}

/** Claims and acknowledges until nothing is left of a queue, and writes that down; tells what does not go. */
export async function drain(queueId: string, worker: Worker): Promise<bigint> {
  const { site, diary } = worker;
  const request = { queueId, maxMessages: 1_000, lease: span(leaseMs), waitDuration: span(1_000) };
  let end = performance.now() + drainMs;
  for (;;) {
    const sent = steadyNow();
    const deliveries = await insist(site, async ({ connection }) => {
      return (await connection.queue.claimMessages(request)).deliveries;
    });
    for (const delivery of deliveries) noteDelivery(diary, queueId, delivery, sent, leaseMs);
    for (const { receipt } of deliveries) await settle(worker, queueId, receipt, 'ack');
    if (deliveries.length > 0) end = performance.now() + drainMs;
    const queue = await insist(
      site,
      async ({ connection }) => (await connection.queue.getQueue({ queueId })).queue!,
    );
    const left = queue.ready + queue.inFlight + queue.delayed + queue.parked;
    if (left > 0n && performance.now() < end) continue;
    const shown = { ready: [], delayed: [], in_flight: [], parked: [] };
    const state = { queueId, ready: 0, inFlight: 0, delayed: 0, parked: 0, oldestPushTime: undefined };
    if (left === 0n) diary.write({ what: 'counted', queueId, state, listed: undefined, shown });
    return left;
  }
}

/** Waits until no lock is held. */
export async function waitForFree(site: Site): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    const { locks } = await insist(site, ({ connection }) => connection.lock.listLocks({}));
    if (locks.length === 0) return;
    if (performance.now() > end) throw new Error('Self-healing: a lock is held though nobody is there');
    await sleep(50);
  }
}
