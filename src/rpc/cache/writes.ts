import type {
  BatchDeleteEntriesRequest,
  BatchSetEntriesRequest,
  DeleteEntryRequest,
  IncrementEntryRequest,
  SetEntryRequest,
  TouchEntryRequest,
} from '#gen/trackside/v1/cache_service_pb.js';
import type { Limits } from '../../config/settings.js';
import { invalid, TracksideError } from '../../errors.js';
import type {
  CacheStore,
  EntryCondition,
  EntryOutcome,
  EntryResult,
  EntryWrite,
} from '../../storage/ports/cache.js';
import type { Micros, Value } from '../../storage/ports/common.js';
import { checkDuration, checkTime } from '../check.js';
import { toTimestamp } from '../codec.js';
import { nowMicros } from '../keyed/clock.js';
import type { KeyedContext } from '../keyed/context.js';
import { requestIdReused, wrongKind } from '../keyed/refusals.js';
import { checkCount, checkKey, checkKeys, checkValue, markOf } from '../values.js';

type Context = KeyedContext<CacheStore>;
type Expiry = SetEntryRequest['expiry'];

const maxTtlMs = 3_653 * 86_400_000;

export function setEntry(context: Context) {
  return async (request: SetEntryRequest) => {
    const now = nowMicros();
    return toSet(await writeOne(context, setOf('', request, context.limits, now), now));
  };
}

export function batchSetEntries(context: Context) {
  return async ({ requests }: BatchSetEntriesRequest) => {
    const now = nowMicros();
    checkCount('requests', requests.length, context.limits);
    const writes = requests.map((request, i) => setOf(`requests[${i}].`, request, context.limits, now));
    return { responses: (await writeAll(context, writes, now)).map(toSet) };
  };
}

export function deleteEntry(context: Context) {
  return async ({ key, requestId }: DeleteEntryRequest) => {
    const { limits } = context;
    const request = markOf('request_id', requestId, limits, () => ['delete', key]);
    const write: EntryWrite = { kind: 'delete', key: checkKey('key', key, limits), request };
    const { applied, duplicate } = await writeOne(context, write, nowMicros());
    return { deleted: applied, duplicate };
  };
}

export function batchDeleteEntries(context: Context) {
  return async ({ keys }: BatchDeleteEntriesRequest) => {
    const writes = checkKeys(keys, context.limits).map(
      (key): EntryWrite => ({ kind: 'delete', key, request: undefined }),
    );
    const results = await writeAll(context, writes, nowMicros());
    return { deleted: results.map(({ applied }) => applied) };
  };
}

export function incrementEntry(context: Context) {
  return async ({ key, delta = 1n, expiry, requestId }: IncrementEntryRequest) => {
    const { limits } = context;
    const now = nowMicros();
    const write: EntryWrite = {
      kind: 'increment',
      key: checkKey('key', key, limits),
      delta,
      expireTime: expireTimeOf('', expiry, now),
      request: markOf('request_id', requestId, limits, () => ['increment', key, delta, ...partsOf(expiry)]),
    };
    const { number, expireTime, duplicate } = await writeOne(context, write, now);
    return { value: BigInt(number!), ...toExpiry(expireTime), duplicate };
  };
}

export function touchEntry(context: Context) {
  return async ({ key, expiry }: TouchEntryRequest) => {
    const now = nowMicros();
    const write: EntryWrite = {
      kind: 'touch',
      key: checkKey('key', key, context.limits),
      expireTime: expireTimeOf('', expiry, now),
      request: undefined,
    };
    const { applied, expireTime } = await writeOne(context, write, now);
    return { touched: applied, ...toExpiry(expireTime) };
  };
}

/** A result, and whether it is that of an earlier call. */
type Told = EntryResult & { readonly duplicate: boolean };

async function writeOne(context: Context, write: EntryWrite, now: Micros): Promise<Told> {
  return (await writeAll(context, [write], now))[0]!;
}

/** Writes all; throws the first refusal where there is one. */
async function writeAll(
  { store }: Context,
  writes: readonly EntryWrite[],
  now: Micros,
): Promise<readonly Told[]> {
  const outcomes = await store.write(writes, now);
  return outcomes.map((outcome, i) => told(writes[i]!, outcome));
}

function told({ key, request }: EntryWrite, outcome: EntryOutcome): Told {
  switch (outcome.status) {
    case 'done':
      return { ...outcome.result, duplicate: false };
    case 'repeated':
      return { ...outcome.result, duplicate: true };
    case 'request_id_reused':
      throw requestIdReused(request!);
    case 'wrong_kind':
      throw wrongKind(key, 'another value', 'a whole number as JSON');
    case 'out_of_range':
      throw new TracksideError('NUMBER_OUT_OF_RANGE', `key "${key}": the sum does not fit into 64 bits`, {
        metadata: { key },
      });
  }
}

function setOf(path: string, request: SetEntryRequest, limits: Limits, now: Micros): EntryWrite {
  const key = checkKey(`${path}key`, request.key, limits);
  const value = checkValue(`${path}value`, request.value, limits);
  const condition = conditionOf(path, request.condition, limits);
  const parts = () => ['set', key, value, ...partsOf(request.expiry), ...conditionParts(condition)];
  return {
    kind: 'set',
    key,
    value,
    condition,
    expireTime: expireTimeOf(path, request.expiry, now),
    request: markOf(`${path}request_id`, request.requestId, limits, parts),
  };
}

function conditionOf(path: string, condition: SetEntryRequest['condition'], limits: Limits): EntryCondition {
  if (condition.case === 'equals') return { equals: checkValue(`${path}equals`, condition.value, limits) };
  return condition.case ?? 'any';
}

function conditionParts(condition: EntryCondition): readonly Value[] {
  return typeof condition === 'string' ? [condition] : ['equals', condition.equals];
}

/** What of an expiry tells requests apart: a time to live as it was given, for its end moves with each try. */
function partsOf({ case: kind, value }: Expiry): readonly (bigint | number | string | undefined)[] {
  return [kind, value?.seconds, value?.nanos];
}

function expireTimeOf(path: string, expiry: Expiry, now: Micros): Micros | undefined {
  switch (expiry.case) {
    case 'ttl':
      return now + Math.round(checkDuration(`${path}ttl`, expiry.value, 1, maxTtlMs) * 1_000);
    case 'expireTime': {
      const time = checkTime(`${path}expire_time`, expiry.value);
      if (time < 0) throw invalid(`${path}expire_time`, 'is before 1970');
      return time;
    }
    default:
      return undefined;
  }
}

function toSet({ applied, expireTime, duplicate }: Told) {
  return { written: applied, ...toExpiry(expireTime), duplicate };
}

function toExpiry(expireTime: Micros | undefined) {
  return expireTime === undefined ? {} : { expireTime: toTimestamp(expireTime) };
}
