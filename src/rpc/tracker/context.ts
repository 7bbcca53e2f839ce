import type { Limits } from '../../config/settings.js';
import type { Feed } from '../../feed/feed.js';
import type { Budget } from '../../storage/budget.js';
import type { TrackerStore } from '../../storage/ports/tracker.js';
import type { Batcher } from '../../tracker/batcher.js';
import type { DomainSlots } from '../../tracker/slots.js';

/** What the tracker's calls work with. */
export interface TrackerContext {
  readonly store: TrackerStore;
  readonly batcher: Batcher;
  readonly feed: Feed;
  readonly limits: Limits;
  /** Of the events that reads of trackers hold. */
  readonly reading: Budget;
  /** The slots of the configured domain; empty where any slot may be set. */
  readonly slots: Partial<DomainSlots>;
  /** Says that there is erased content to remove. */
  readonly scrub: () => void;
}
