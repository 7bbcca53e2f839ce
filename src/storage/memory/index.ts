import { TracksideError } from '../../errors.js';
import type { Backend, OpenOptions } from '../ports/backend.js';
import { openCache } from './cache.js';
import { openRecord } from './record.js';
import { openTracker } from './tracker.js';

/** What a cache may take where nothing else is said. */
const cacheBytes = 64 << 20;

/** Opens stores that live in this process and end with it; a new store at each call. */
export async function open(location: string, options: OpenOptions): Promise<Backend> {
  if (location !== '') {
    throw new TracksideError(
      'INVALID_REQUEST',
      `storage: memory: takes no location, "${location}" was given`,
    );
  }
  return {
    tracker: openTracker(options.partitions ?? 1),
    cache: openCache(options.cacheBytes ?? cacheBytes),
    record: openRecord(),
    describe: () => ({
      engine: 'memory',
      location: 'this process',
      durability: 'none: gone with the process',
    }),
    ping: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
