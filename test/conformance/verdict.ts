import type { TrackerClient } from '@trackside/client';
import type { Follower } from './follower.js';
import { readOn, readPages } from './grpc-subject.js';
import type { Keeper } from './keeper.js';
import type { Attempt, Erased, SeenEvent } from './observations.js';
import * as validate from './validators.js';

/** Judges what writers were told against what is stored at the end. */
export function judge(
  attempts: readonly Attempt[],
  stored: readonly SeenEvent[],
  erased: readonly Erased[] = [],
): void {
  validate.idempotent(attempts, stored);
  validate.atomic(attempts, stored, erased);
  validate.durable(attempts, stored, erased);
  validate.conditional(attempts);
  validate.fenced(attempts);
  validate.verbatim(attempts, stored);
  validate.erasable(erased, stored);
}

/** Judges what a follower was shown, which has reached the log's end. */
export function judgeFollower(
  follower: Follower,
  stored: readonly SeenEvent[],
  erased: readonly Erased[] = [],
): void {
  const { runs, batches, events } = follower;
  const matching = stored.filter((event) => follower.wants(event));
  for (const run of runs) {
    validate.unique(run);
    validate.ordered(run);
  }
  validate.reliable(runs[0] ?? [], matching);
  validate.whole(
    batches,
    matching.filter((event) => !erased.some(({ conversationId }) => conversationId === event.conversationId)),
  );
  validate.resumable(runs, matching);
  validate.persisted(events, stored, erased);
  validate.told(follower.erased, erased);
}

/** Judges what a reader has that asks only for what is new, once it has asked for the last time. */
export async function judgeKeeper(
  tracker: TrackerClient,
  keeper: Keeper,
  stored: readonly SeenEvent[],
): Promise<void> {
  await keeper.read((kept, revision) => readOn(tracker, kept, revision));
  const { conversationId } = keeper.kept;
  validate.keptUp(
    keeper.events,
    stored.filter((event) => event.conversationId === conversationId),
  );
}

/** All visible events of all conversations. */
export async function readAll(tracker: TrackerClient): Promise<readonly SeenEvent[]> {
  const events: SeenEvent[] = [];
  let pageToken = '';
  do {
    const page = await tracker.listConversations({ pageSize: 1_000, pageToken });
    for (const { conversationId } of page.conversations) {
      const call = { conversationId, first: 0, last: undefined, newestFirst: false, pageSize: 1_000 };
      events.push(...(await readPages(tracker, call)));
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return events;
}
