import fc from 'fast-check';
import type { CacheStore, EntryCondition, EntryWrite } from '#src/storage/ports/cache.js';
import type { Value } from '#src/storage/ports/common.js';
import type { RecordCondition, RecordStore, RecordWrite } from '#src/storage/ports/record.js';
import { allKeys, type CacheSeen, clearAll, type RecordSeen } from './observations.js';

const keys = ['a', 'ab', '\u{1f600}', '\uffee'] as const;
const key = fc.constantFrom(...keys);
const prefix = fc.constantFrom('', 'a', 'ab', 'z');
const value = fc.oneof(
  fc.constantFrom<Value>('1', '-7', '1.0', '{"a": 1.0}', 'null', '"\\u0000"'),
  fc.constantFrom([], [0], [0, 255], [49]).map((bytes): Value => new Uint8Array(bytes)),
);
/** What comes first in the digest decides; a few ids, so that they meet again. */
const request = fc.option(
  fc.record({ id: fc.constantFrom('r1', 'r2', 'r3'), digest: fc.constantFrom('x', 'y') }),
  { nil: undefined, freq: 3 },
);
/** How long from now, in µs; undefined for never. */
const ttl = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined });

const common = { key, request };
/** A write before its time is known. */
export type Untimed<W> = W extends { expireTime: unknown }
  ? Omit<W, 'expireTime'> & { ttl: number | undefined }
  : W;

/** A write to a cache whose expiry is still a span. */
export type UntimedEntryWrite = Untimed<EntryWrite>;

const entryWrite: fc.Arbitrary<UntimedEntryWrite> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('set' as const),
    value,
    ttl,
    condition: fc.oneof(
      fc.constantFrom<EntryCondition>('any', 'absent', 'present'),
      value.map((equals): EntryCondition => ({ equals })),
    ),
  }),
  fc.record({ ...common, kind: fc.constant('delete' as const) }),
  fc.record({ ...common, kind: fc.constant('increment' as const), delta: fc.bigInt(-5n, 5n), ttl }),
  fc.record({ ...common, kind: fc.constant('touch' as const), ttl }),
) as fc.Arbitrary<UntimedEntryWrite>;

const recordWrite = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('set' as const),
    value,
    condition: fc.constantFrom('any', 'absent', 'present', 'current', 'stale'),
  }),
  fc.record({
    ...common,
    kind: fc.constant('delete' as const),
    condition: fc.constantFrom('any', 'current', 'stale'),
  }),
  fc.record({
    ...common,
    kind: fc.constant('append' as const),
    items: fc.array(value, { minLength: 1, maxLength: 3 }),
  }),
);

const reads = [
  fc.record({ call: fc.constant('get' as const), keys: fc.array(key, { minLength: 1, maxLength: 5 }) }),
  fc.record({ call: fc.constant('keys' as const), prefix }),
] as const;
const rare = [
  fc.record({ call: fc.constant('clear' as const), prefix }),
  fc.record({ call: fc.constant('sweep' as const) }),
] as const;
const writesOf = <W>(write: fc.Arbitrary<W>) =>
  fc.record({ call: fc.constant('write' as const), writes: fc.array(write, { minLength: 1, maxLength: 4 }) });
const index = fc.integer({ min: -6, max: 6 });

/** Steps of a cache's life; `pause` is what passes before each, in µs. */
export const cacheHistory: fc.Arbitrary<CacheStep[]> = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 8 }),
    step: fc.oneof(
      { weight: 5, arbitrary: writesOf(entryWrite) },
      ...reads.map((arbitrary) => ({ weight: 3, arbitrary })),
      ...rare.map((arbitrary) => ({ weight: 1, arbitrary })),
    ),
  }),
  { minLength: 5, maxLength: 40, size: 'max' },
);

/** Steps of the records' life. */
export const recordHistory = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: writesOf(recordWrite) },
    ...reads.map((arbitrary) => ({ weight: 3, arbitrary })),
    {
      weight: 3,
      arbitrary: fc.record({
        call: fc.constant('items' as const),
        key,
        range: fc.record({ start: index, end: index }),
      }),
    },
    ...rare.map((arbitrary) => ({ weight: 1, arbitrary })),
    { weight: 1, arbitrary: fc.record({ call: fc.constant('reopen' as const) }) },
  ),
  { minLength: 5, maxLength: 40, size: 'max' },
);

export interface CacheStep {
  readonly pause: number;
  readonly step:
    | { readonly call: 'write'; readonly writes: UntimedEntryWrite[] }
    | { readonly call: 'get'; readonly keys: string[] }
    | { readonly call: 'keys'; readonly prefix: string }
    | { readonly call: 'clear'; readonly prefix: string }
    | { readonly call: 'sweep' };
}
type RecordStep = typeof recordHistory extends fc.Arbitrary<infer Steps> ? Steps : never;

/** Plays a history on a cache by a clock of its own, and tells what was seen. */
export async function playCache(
  store: CacheStore,
  steps: readonly CacheStep[],
): Promise<readonly CacheSeen[]> {
  const seen: CacheSeen[] = [];
  let now = Date.now() * 1_000;
  for (const { pause, step } of steps) {
    now += pause;
    if (step.call === 'write') {
      const writes = step.writes.map((write) => timed(write, now));
      seen.push({ now, call: 'write', writes, outcomes: await store.write(writes, now) });
    } else if (step.call === 'get') {
      seen.push({ now, ...step, found: await store.get(step.keys, 1 << 20, now) });
    } else if (step.call === 'keys') {
      seen.push({ now, ...step, keys: await allKeys(store, step.prefix, now) });
    } else if (step.call === 'clear') {
      await clearAll(store, step.prefix, now);
      seen.push({ now, ...step });
    } else {
      await store.sweep(3, now);
    }
  }
  return seen;
}

function timed(write: UntimedEntryWrite, now: number): EntryWrite {
  if (!('ttl' in write)) return write as EntryWrite;
  const { ttl: span, ...rest } = write;
  return { ...rest, expireTime: span === undefined ? undefined : now + span } as EntryWrite;
}

/** Plays a history on records, and tells what was seen. */
export async function playRecords(
  first: RecordStore,
  reopen: () => Promise<RecordStore>,
  steps: RecordStep,
): Promise<readonly RecordSeen[]> {
  const seen: RecordSeen[] = [];
  let store = first;
  for (const step of steps) {
    const now = Date.now() * 1_000;
    if (step.call === 'write') {
      const writes: RecordWrite[] = [];
      for (const write of step.writes) writes.push(await resolved(store, write, now));
      seen.push({ now, call: 'write', writes, outcomes: await store.write(writes, now) });
    } else if (step.call === 'get') {
      seen.push({ now, ...step, found: await store.get(step.keys, 1 << 20, now) });
    } else if (step.call === 'keys') {
      seen.push({ now, ...step, keys: await allKeys(store, step.prefix, now) });
    } else if (step.call === 'items') {
      const page = await store.items(step.key, step.range, { maxItems: 1_000, maxBytes: 1 << 20 });
      seen.push({ now, ...step, page });
    } else if (step.call === 'clear') {
      await clearAll(store, step.prefix, now);
      seen.push({ now, ...step });
    } else if (step.call === 'sweep') {
      await store.sweep(2, now);
    } else {
      store = await reopen();
    }
  }
  return seen;
}

type DrawnWrite = typeof recordWrite extends fc.Arbitrary<infer Write> ? Write : never;

/** A write whose condition names the version that the key has, or an earlier one. */
async function resolved(store: RecordStore, write: DrawnWrite, now: number): Promise<RecordWrite> {
  if (write.kind === 'append') return write;
  if (write.condition !== 'current' && write.condition !== 'stale') return write as RecordWrite;
  const [found] = await store.get([write.key], 0, now);
  const version: RecordCondition = (found?.version ?? 1) - (write.condition === 'stale' ? 1 : 0);
  return { ...write, condition: Math.max(version, 1) } as RecordWrite;
}
