import { TracksideError } from '../../errors.js';
import type { Backend, OpenOptions } from '../ports/backend.js';
import { openCache } from './cache.js';
import { newState } from './held.js';
import { openLock } from './lock.js';
import { openQueue } from './queue.js';
import { openRecord } from './record.js';
import { openTracker } from './tracker.js';

/** What a cache may take where nothing else is said. */
const cacheBytes = 64 << 20;
/** What queues may take where nothing else is said. */
const queueBytes = 256 << 20;
/** How long a dedup id is refused where nothing else is said. */
const dedupWindow = 300_000_000;
/** How many tickets all locks have together, at most. */
const maxTickets = 1_000_000;

/** Opens stores that live in this process and end with it; a new store at each call. */
export async function open(location: string, options: OpenOptions): Promise<Backend> {
  if (location !== '') {
    throw new TracksideError(
      'INVALID_REQUEST',
      `storage: memory: takes no location, "${location}" was given`,
    );
  }
  const held = newState(options.dedupWindow ?? dedupWindow);
  return {
    tracker: openTracker(options.partitions ?? 1, options.retention),
    cache: openCache(options.cacheBytes ?? cacheBytes),
    record: openRecord(),
    lock: openLock(held, maxTickets),
    queue: openQueue(held, options.queueBytes ?? queueBytes),
    describe: async () => ({
      engine: 'memory',
      location: 'this process',
      durability: 'none: gone with the process',
    }),
    ping: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
