import type { CacheService } from '#gen/trackside/v1/cache_service_pb.js';
import type { CacheStore } from '../../storage/ports/cache.js';
import type { Handlers } from '../define.js';
import { nowMicros } from '../keyed/clock.js';
import type { KeyedContext } from '../keyed/context.js';
import { checkScope, clearAll, listKeys } from '../keyed/keys.js';
import { batchGetEntries, getEntry, hasEntry } from './reads.js';
import {
  batchDeleteEntries,
  batchSetEntries,
  deleteEntry,
  incrementEntry,
  setEntry,
  touchEntry,
} from './writes.js';

/** The handlers of CacheService. */
export function cacheHandlers(context: KeyedContext<CacheStore>): Handlers<typeof CacheService> {
  const { store, limits } = context;
  return {
    getEntry: getEntry(context),
    setEntry: setEntry(context),
    deleteEntry: deleteEntry(context),
    hasEntry: hasEntry(context),
    batchGetEntries: batchGetEntries(context),
    batchSetEntries: batchSetEntries(context),
    batchDeleteEntries: batchDeleteEntries(context),
    incrementEntry: incrementEntry(context),
    touchEntry: touchEntry(context),
    listEntryKeys: (request) => listKeys('entries', context, request),
    clearEntries: async ({ scope }, call) => {
      const prefix = checkScope(scope, limits);
      const now = nowMicros();
      return { cleared: await clearAll((after, limit) => store.clear(prefix, after, limit, now), call) };
    },
  };
}
