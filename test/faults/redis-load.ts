import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { CallError } from '@trackside/client';
import { Follower } from '../conformance/follower.js';
import { placedOf } from '../conformance/grpc-subject.js';
import { keepUp } from '../conformance/keeper.js';
import type { Attempt, SeenEvent } from '../conformance/observations.js';
import { env as lineEnv } from '../conformance/queue/hold.js';
import { insist } from '../conformance/queue/insist.js';
import { playWorkers } from '../conformance/queue/workers.js';
import { judge, judgeFollower, judgeKeeper, readAll } from '../conformance/verdict.js';
import { type Site, write } from '../conformance/writer.js';
import { span, upTo } from '../e2e/calls.js';
import { handOver } from './hand-over.js';
import { type RedisSite, Sites } from './redis-site.js';

const writers = 3;
const holders = 3;
/** More than one, so that pushes take several steps. */
export const partitions = 4;

/** The settings of the sidecars that bear the load. */
export const loadEnv = { ...lineEnv, TRACKSIDE_TRACKER_PARTITIONS: `${partitions}` };

/**
 * Writes by one sidecar and follows by both, and has locks and queues in use by both, while something bad is done to
 * them or their store; then judges all that anybody saw.
 */
export async function bear(
  what: string,
  [writing, following]: readonly [RedisSite, RedisSite],
  harm: (stopped: () => boolean) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const stopped = () => stop.signal.aborted;
  const both = new Sites([writing, following], partitions);
  const followers = [new Follower([]), new Follower(['user'])] as const;
  const hearing = [followers[0].follow(following, stop.signal), followers[1].follow(writing, stop.signal)];
  const attempts = upTo(writers).map((i) => write(writing, `writer-${i}`, stopped));
  const turns = upTo(holders).map((i) => writeInTurns(both, `holder-${i}`, stopped));
  const keeping = [keepUp(writing, 'shared-0', stopped), keepUp(both, 'shared-1', stopped)];
  const harming = harm(stopped);
  // Whoever works tries until the store answers, which it may not do any more.
  harming.catch((error) => process.stderr.write(`redis, ${what}: ${error}\n`));
  const lines = playWorkers(both, () => Promise.race([harming, aborted(stop.signal)]));
  const all = [harming, lines, ...attempts, ...turns, ...keeping, ...hearing];
  // Whatever fails ends all of it, and nothing is left running.
  await Promise.race([harming, Promise.all([lines, ...attempts, ...turns, ...keeping, ...hearing])]).finally(
    async () => {
      stop.abort();
      await Promise.allSettled(all);
    },
  );
  await Promise.all(all);

  const tries = [...(await Promise.all(attempts)), ...(await Promise.all(turns))].flat();
  const { tracker } = await following.sidecar;
  const stored = await readAll(tracker);
  const newcomer = new Follower([]);
  for (const follower of [...followers, newcomer]) await follower.finish(tracker);
  expect(stored.length).toBeGreaterThan(0);
  judge(tries, stored);
  for (const follower of [...followers, newcomer]) judgeFollower(follower, stored);
  for (const keeper of await Promise.all(keeping)) await judgeKeeper(tracker, keeper, stored);
  judgeTurns(stored);
  await handOver(await writing.sidecar, await following.sidecar);

  const diary = await lines;
  expect(diary.count('settled')).toBeGreaterThan(0);
  expect(diary.count('granted')).toBeGreaterThan(0);
  const failed = tries.filter(({ result }) => !result).length;
  const repeated = tries.filter(({ repeated }) => repeated).length;
  process.stderr.write(
    `redis, ${what}: ${tries.length} appends, ${failed} of them cut off or refused, ${repeated} found done, ` +
      `${stored.length} events; ${diary.count('pushed')} messages, ${diary.count('delivered')} deliveries, ` +
      `${diary.count('granted')} grants\n`,
  );
}

/** A holding's lifetime, which now and then is over before its holder writes. */
const lifetimeMs = 300;

/** Takes locks, and under their fences writes to the conversations that they guard, some of it too late. */
async function writeInTurns(site: Site, name: string, stopped: () => boolean): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (let n = 0; !stopped(); n++) {
    const lockId = `guarded-${n % 2}`;
    const [requestId, wait] = [`${name}-${n}`, span(1_000)];
    const asked = { lockId, requestId, owner: name, lifetime: span(lifetimeMs), waitDuration: wait };
    const answer = await unless('LEASE_LOST', () =>
      insist(site, ({ connection }) => connection.lock.acquireLock(asked)),
    );
    if (!answer?.grant) continue;
    const { fence } = answer.grant;
    await sleep(n % 2 === 1 ? lifetimeMs + Math.random() * 200 : Math.random() * 20);
    const events = [{ type: 'slot', name: '', data: `{"fence": ${fence}}`, metadata: '' }];
    const append = { conversationId: lockId, appendId: requestId, events };
    const told = await unless('FENCE_STALE', () =>
      insist(site, ({ tracker }) => tracker.appendEvents({ ...append, fence })),
    );
    const attempt = { ...append, fence: Number(fence), repeated: told?.duplicate ?? false };
    attempts.push({ ...attempt, result: told && placedOf(told) });
    await unless('LEASE_LOST', () =>
      insist(site, ({ connection }) => connection.lock.releaseLock({ lockId, fence })),
    );
  }
  return attempts;
}

/** No holder wrote behind a later one. */
function judgeTurns(stored: readonly SeenEvent[]): void {
  const highest = new Map<string, number>();
  for (const { conversationId, sequence, data } of stored) {
    const { fence } = JSON.parse(data) as { fence?: number };
    if (fence === undefined) continue;
    if (fence < (highest.get(conversationId) ?? 0)) {
      throw new Error(
        `Fenced: ${conversationId}#${sequence} was written with fence ${fence} behind a later one`,
      );
    }
    highest.set(conversationId, fence);
  }
  expect(highest.size).toBeGreaterThan(0);
}

/** What a call comes to; undefined where it is refused for this reason. */
async function unless<Answer>(reason: string, call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof CallError && error.reason === reason) return undefined;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
