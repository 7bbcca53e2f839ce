import type { TrackerStore } from '../storage/ports/tracker.js';
import { Sweeper } from '../storage/sweeper.js';

/** How many events a step removes. */
const limit = 500;
/** How long a conversation without events, or its fence, is remembered at least. */
const idleRetentionMs = 24 * 3_600_000;
/** How often it is done unasked; more often where conversations are kept for less. */
const intervalMs = 60_000;

/** Removes what was erased; to be woken after every erasure. Now and then, for what expires. */
export function scrubErased(
  store: Pick<TrackerStore, 'scrub'>,
  retentionMs: number | undefined,
  onError: (error: unknown) => void,
): Sweeper {
  const step = () => store.scrub(limit, (Date.now() - idleRetentionMs) * 1_000);
  return new Sweeper({ step, intervalMs: Math.min(intervalMs, retentionMs ?? intervalMs), onError });
}
