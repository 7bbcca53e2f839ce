import type { CacheStore } from './cache.js';
import type { Micros } from './common.js';
import type { LockStore } from './lock.js';
import type { QueueStore } from './queue.js';
import type { RecordStore } from './record.js';
import type { TrackerStore } from './tracker.js';

/**
 * An engine and its stores. Every method of a store is one atomic operation of the domain; times are absolute, in
 * microseconds since the epoch; ids, fences and expectations have been checked before.
 *
 * A method rejects with a TracksideError of STORE_UNAVAILABLE or STORE_FULL when the store fails. Outcomes that
 * the caller has to tell apart are values, not errors.
 */

/** One engine's stores. */
export interface Backend extends AsyncDisposable {
  readonly tracker?: TrackerStore;
  readonly cache?: CacheStore;
  readonly record?: RecordStore;
  readonly lock?: LockStore;
  readonly queue?: QueueStore;
  /** What the engine is, where its data is and how durable it is now. */
  describe(): Promise<BackendDescription>;
  /** Resolves where the engine answers. */
  ping(): Promise<void>;
}

/** What every backend is opened with. */
export interface OpenOptions {
  /** The partitions of a new store; undefined for the engine's default. A store of another number is refused. */
  readonly partitions: number | undefined;
  /** After which time without a further append a conversation is erased; undefined for never. */
  readonly retention?: Micros | undefined;
  /** How long the log keeps an erasure's entry, where the engine forgets them; undefined for 30 days. */
  readonly erasureRetention?: Micros | undefined;
  /** What a cache in memory may take; undefined for 64 MiB. */
  readonly cacheBytes?: number;
  /** What queues in memory may take; undefined for 256 MiB. */
  readonly queueBytes?: number;
  /** How long a dedup id is refused after its message was acknowledged or popped; undefined for 5 minutes. */
  readonly dedupWindow?: Micros;
}

export interface BackendDescription {
  readonly engine: string;
  readonly location: string;
  readonly durability: string;
  /** What to change, lest acknowledged content be lost; absent where all is well. */
  readonly warnings?: readonly string[];
}
