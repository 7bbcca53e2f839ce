import type { TrackerStore } from '../storage/ports/tracker.js';
import { Sweeper } from '../storage/sweeper.js';

/** How many events a step removes. */
const limit = 500;
/** How long a fence that no event follows is remembered at least. */
const fenceRetentionMs = 24 * 3_600_000;
const intervalMs = 600_000;

/** Removes what was erased; to be woken after every erasure. Now and then, for fences that stand alone. */
export function scrubErased(store: Pick<TrackerStore, 'scrub'>, onError: (error: unknown) => void): Sweeper {
  const step = () => store.scrub(limit, (Date.now() - fenceRetentionMs) * 1_000);
  return new Sweeper({ step, intervalMs, onError });
}
