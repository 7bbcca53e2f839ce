import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  BatchGetEntriesRequest,
  EntryResultSchema,
  EntrySchema,
  GetEntryRequest,
  HasEntryRequest,
} from '#gen/trackside/v1/cache_service_pb.js';
import type { CacheStore, FoundEntry } from '../../storage/ports/cache.js';
import type { Micros, Value } from '../../storage/ports/common.js';
import { toTimestamp } from '../codec.js';
import { nowMicros } from '../keyed/clock.js';
import type { KeyedContext } from '../keyed/context.js';
import { roomFor } from '../room.js';
import { checkKey, checkKeys, toValue } from '../values.js';

type Context = KeyedContext<CacheStore>;

export function getEntry({ store, limits }: Context) {
  return async (request: GetEntryRequest) => {
    const key = checkKey('key', request.key, limits);
    const [found] = await store.get([key], roomFor(1, limits), nowMicros());
    return found ? { entry: toEntry(found.value!, found.expireTime) } : {};
  };
}

export function hasEntry({ store, limits }: Context) {
  return async (request: HasEntryRequest) => {
    const [found] = await store.get([checkKey('key', request.key, limits)], 0, nowMicros());
    return { exists: found !== undefined };
  };
}

export function batchGetEntries({ store, limits }: Context) {
  return async (request: BatchGetEntriesRequest) => {
    const keys = checkKeys(request.keys, limits);
    const found = await store.get(keys, roomFor(keys.length, limits), nowMicros());
    return { results: found.map(toResult) };
  };
}

function toResult(found: FoundEntry | undefined): MessageInitShape<typeof EntryResultSchema> {
  if (!found) return { result: { case: 'missing', value: {} } };
  const { value, expireTime } = found;
  if (value === undefined) return { result: { case: 'tooLarge', value: {} } };
  return { result: { case: 'entry', value: toEntry(value, expireTime) } };
}

function toEntry(value: Value, expireTime: Micros | undefined): MessageInitShape<typeof EntrySchema> {
  const message = { value: toValue(value) };
  return expireTime === undefined ? message : { ...message, expireTime: toTimestamp(expireTime) };
}
