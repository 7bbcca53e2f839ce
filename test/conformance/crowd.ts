import type { TrackerClient } from '@trackside/client';
import { Follower } from './follower.js';
import { grpcSubject, readPages } from './grpc-subject.js';
import { keepUp } from './keeper.js';
import type { Attempt, Erased, SeenEvent } from './observations.js';
import type { Subject } from './subject.js';
import * as validate from './validators.js';
import { judge, judgeFollower, judgeKeeper, readAll } from './verdict.js';
import { type Site, write } from './writer.js';

const writers = 8;

/** Lets many write, follow and erase at once for a while, and judges what all of them saw. */
export async function playCrowd(
  site: Site,
  durationMs: number,
): Promise<{ events: number; erasures: number }> {
  const { tracker } = await site.sidecar;
  const followers = [new Follower([]), new Follower(['user'])];
  const stop = AbortSignal.timeout(durationMs);
  const stopped = () => stop.aborted;
  const following = followers.map((follower) => follower.follow(site, stop));
  const erasing = eraseNowAndThen(tracker, stopped);
  const keeping = Promise.all([0, 1, 2].map((i) => keepUp(site, `shared-${i}`, stopped)));
  const attempts: readonly Attempt[] = (
    await Promise.all(Array.from({ length: writers }, (_, i) => write(site, `writer-${i}`, stopped)))
  ).flat();
  const erased = await erasing;
  await Promise.all(following);
  const stored = await readAll(tracker);
  judge(attempts, stored, erased);
  for (const keeper of await keeping) await judgeKeeper(tracker, keeper, stored);
  for (const follower of followers) {
    await follower.finish(tracker);
    judgeFollower(follower, stored, erased);
  }
  return { events: stored.length, erasures: erased.length };
}

/** Redacts events of the shared conversations; what is redacted no read and no new subscription shows from then on. */
async function eraseNowAndThen(tracker: TrackerClient, stopped: () => boolean): Promise<readonly Erased[]> {
  const erased: Erased[] = [];
  const subject = grpcSubject(
    () => tracker,
    async () => {},
  );
  for (let i = 0; !stopped(); i++) {
    const one = await redactNewest(subject, `shared-${i % 3}`, `request-${i}`);
    if (!one) continue;
    erased.push(one);
    const { conversationId } = one;
    const call = { conversationId, first: 0, last: undefined, newestFirst: false, pageSize: 1_000 };
    validate.erasable(erased, await readPages(tracker, call));
    validate.erasable(erased, await shownFromBeginning(tracker));
  }
  return erased;
}

async function redactNewest(
  subject: Subject,
  conversationId: string,
  requestId: string,
): Promise<Erased | undefined> {
  const life = await subject.life(conversationId);
  if (!life) return undefined;
  const what = { kind: 'redact', sequences: [life.lastSequence] } as const;
  const answer = await subject.erase({ conversationId, requestId, what });
  return answer.status === 'done' && answer.ranges.length > 0
    ? { conversationId, ranges: answer.ranges }
    : undefined;
}

async function shownFromBeginning(tracker: TrackerClient): Promise<readonly SeenEvent[]> {
  const newcomer = new Follower([]);
  await newcomer.finish(tracker);
  return newcomer.events;
}
