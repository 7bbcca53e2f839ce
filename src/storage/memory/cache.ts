import { judgeEntry } from '../judge-entry.js';
import { keyPattern, laterKey, pageOf } from '../keys.js';
import { once } from '../once.js';
import type { CacheStore, EntryOutcome, EntryWrite, FoundEntry } from '../ports/cache.js';
import type { Micros } from '../ports/common.js';
import { valueBytes } from '../value.js';
import { Entries } from './entries.js';
import { MemoryRequests } from './requests.js';

/** A cache in memory. Each method does its work in one go, so that nothing comes between. */
export function openCache(maxBytes: number): CacheStore {
  const entries = new Entries(maxBytes);
  const requests = new MemoryRequests();
  return {
    write: async (writes, now) =>
      writes.map((write) => once(requests, write.request, now, () => carryOut(entries, write, now))),
    get: async (keys, maxBytes, now) => get(entries, keys, maxBytes, now),
    keys: async (query, now) => {
      const start = laterKey(keyPattern(query.pattern).prefix, query.after);
      return pageOf(entries.keysFrom(start, query.after, now), query);
    },
    clear: async (prefix, after, limit, now) => {
      const { keys, next } = takeKeys(entries.keysFrom(laterKey(prefix, after), after, now), prefix, limit);
      for (const key of keys) entries.remove(key);
      return { cleared: keys.length, next };
    },
    sweep: async (limit, now) => {
      const more = entries.sweep(limit, now);
      return requests.sweep(limit, now) || more;
    },
  };
}

/** The first keys with a prefix, and where to go on. */
export function takeKeys(keys: Iterable<string>, prefix: string, limit: number) {
  const taken: string[] = [];
  for (const key of keys) {
    if (!key.startsWith(prefix)) break;
    taken.push(key);
    if (taken.length === limit) return { keys: taken, next: key };
  }
  return { keys: taken, next: undefined };
}

function carryOut(entries: Entries, write: EntryWrite, now: Micros): EntryOutcome {
  const { key } = write;
  const current = entries.use(key, now);
  const { outcome, change } = judgeEntry(write, current, now);
  if (change.kind === 'put') entries.put(key, { value: change.value, expireTime: change.expireTime });
  if (change.kind === 'expire') entries.put(key, { value: current!.value, expireTime: change.expireTime });
  if (change.kind === 'remove') entries.remove(key);
  return outcome;
}

function get(
  entries: Entries,
  keys: readonly string[],
  maxBytes: number,
  now: Micros,
): readonly (FoundEntry | undefined)[] {
  let room = maxBytes;
  return keys.map((key) => {
    const entry = entries.use(key, now);
    if (!entry) return undefined;
    const bytes = valueBytes(entry.value);
    if (bytes > room) return { value: undefined, expireTime: entry.expireTime };
    room -= bytes;
    return entry;
  });
}
