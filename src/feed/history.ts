import type { LogPage, Place } from '../storage/ports/tracker.js';

/** How much of the log is read at a time: small enough that an engine which reads on this thread holds it for a few milliseconds at most. */
export const pageLimit = { maxEvents: 200, maxBytes: 1 << 20 };

/** Why a reader's history is not the store's any more. */
export type Break = 'trimmed' | 'rolled_back' | 'epoch_changed' | 'other_store';

/**
 * Compares what a reader saw last with a page read behind it; undefined where they are one history. `forgotten` is
 * the page's when the reader began: what was forgotten since, it has missed.
 */
export function findBreak(
  seen: Place,
  epoch: string,
  page: LogPage,
  forgotten = Infinity,
): Break | undefined {
  if (page.epoch !== epoch) return 'epoch_changed';
  if (seen.position < page.trimmed.position) return 'trimmed';
  if (page.forgotten > forgotten && seen.position < page.forgotten) return 'trimmed';
  if (page.check !== seen.check) return 'rolled_back';
  let position = seen.position;
  for (const entry of page.entries) {
    if (entry.first !== position + 1) {
      throw new Error(`the log has a hole between ${position} and ${entry.first}`);
    }
    position = entry.position;
  }
  return undefined;
}
