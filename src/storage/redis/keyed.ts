import { Budget } from '../budget.js';
import { compareBytes } from '../bytes.js';
import { keyPattern, laterKey, pageOf } from '../keys.js';
import { partitionOf } from '../partition.js';
import type { Micros, Value } from '../ports/common.js';
import type { ClearStep, KeyPage, KeyQuery } from '../ports/keyed.js';
import { valueBytes } from '../value.js';
import type { PartitionRunner } from './partitions.js';
import type { Argument, Script } from './script.js';

/** What caches and records have in common: keys that are spread over partitions. */
export interface Spread {
  readonly runner: PartitionRunner;
  readonly partitions: number;
  readonly get: Script;
  readonly list: Script;
  readonly remove: Script;
  readonly sweep: Script;
  /** The keys of Redis that belong to a key alone. */
  own(partition: number, key: string): readonly string[];
}

/** How many keys are looked at in each partition for a page: as many as are asked for, within bounds. */
const look = { least: 100, most: 500 };

/** Does something with each partition's share, as the items' keys say, and answers in the order of the whole. */
export function inShares<Item, Answer>(
  items: readonly Item[],
  partitions: number,
  keyOf: (item: Item) => string,
  work: (partition: number, share: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  return inParts(items, (item) => partitionOf(keyOf(item), partitions), work);
}

/** Does something with each partition's share, and puts the answers into the order of the whole. */
export async function inParts<Item, Answer>(
  items: readonly Item[],
  partitionFor: (item: Item) => number,
  work: (partition: number, share: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const shares = new Map<number, { items: Item[]; places: number[] }>();
  for (const [place, item] of items.entries()) {
    const partition = partitionFor(item);
    let share = shares.get(partition);
    if (!share) {
      share = { items: [], places: [] };
      shares.set(partition, share);
    }
    share.items.push(item);
    share.places.push(place);
  }
  const answers: Answer[] = new Array(items.length);
  const all = [...shares].map(async ([partition, share]) => {
    const some = await work(partition, share.items);
    for (const [i, place] of share.places.entries()) answers[place] = some[i]!;
  });
  // All of them are waited for, so that nothing is under way when the call has ended.
  for (const settled of await Promise.allSettled(all)) {
    if (settled.status === 'rejected') throw settled.reason;
  }
  return answers;
}

/** What a write takes in memory beside its values. */
const overhead = 256;
/** The most of one service that may be on its way to the server. */
const maxPendingBytes = 64 << 20;

/** Bounds what writes hold in memory until they are answered. */
export function bounded<Write, Outcome>(
  valuesOf: (write: Write) => readonly Value[],
  carryOut: (writes: readonly Write[], now: Micros) => Promise<readonly Outcome[]>,
): (writes: readonly Write[], now: Micros) => Promise<readonly Outcome[]> {
  const budget = new Budget('redis.pending_write_bytes', maxPendingBytes);
  return async (writes, now) => {
    let bytes = 0;
    for (const write of writes) {
      bytes += overhead;
      for (const value of valuesOf(write)) bytes += valueBytes(value);
    }
    budget.take(bytes);
    try {
      return await carryOut(writes, now);
    } finally {
      budget.give(bytes);
    }
  };
}

/** A value that a script answered with; undefined where there is no room for it. */
export type Told = (kind: Buffer, size: number, bytes: Buffer | undefined) => Value | undefined;

/** Reads what is stored under keys, in one script for each partition that they are in; the first values have room. */
export async function getKeys<Found, Result>(
  { runner, partitions, get }: Spread,
  keys: readonly string[],
  maxBytes: number,
  now: Micros,
  resultOf: (found: Found, told: Told) => Result,
): Promise<readonly (Result | undefined)[]> {
  const found = await inShares(
    keys,
    partitions,
    (key) => key,
    (partition, share) => runner.run<readonly (Found | null)[]>(partition, get, [now, maxBytes, ...share]),
  );
  let room = maxBytes;
  const told: Told = (kind, size, bytes) => {
    if (!bytes || size > room) return undefined;
    room -= size;
    return toValue(String(kind), bytes);
  };
  return found.map((one) => (one === null ? undefined : resultOf(one, told)));
}

export async function listKeys(spread: Spread, query: KeyQuery, now: Micros): Promise<KeyPage> {
  const { prefix } = keyPattern(query.pattern);
  const limit = Math.min(Math.max(query.limit, look.least), look.most);
  const { keys, seen } = await namesBehind(spread, prefix, query.after, limit, now);
  const page = pageOf(keys, query);
  return page.next === undefined && page.keys.length < query.limit && seen !== undefined
    ? { keys: page.keys, next: seen }
    : page;
}

export async function clearKeys(
  spread: Spread,
  prefix: string,
  after: string,
  limit: number,
  now: Micros,
): Promise<ClearStep> {
  const { keys, seen } = await namesBehind(spread, prefix, after, limit, now);
  const some = keys.slice(0, limit);
  const cleared = await inShares(
    some,
    spread.partitions,
    (key) => key,
    async (partition, share) => {
      const own = share.flatMap((key) => spread.own(partition, key));
      const count = await spread.runner.run<number>(partition, spread.remove, [now, ...share], own);
      return share.map((_, i) => (i === 0 ? count : 0));
    },
  );
  const next = keys.length > some.length || some.length === limit ? some.at(-1) : seen;
  return { cleared: cleared.reduce((sum, count) => sum + count, 0), next };
}

/** Removes what has expired, partition by partition. */
export async function sweepAll(
  { runner, partitions, sweep }: Spread,
  limit: number,
  now: Micros,
): Promise<boolean> {
  let room = limit;
  for (let partition = 0; partition < partitions && room > 0; partition++) {
    room -= await runner.run<number>(partition, sweep, [now, room]);
  }
  return room === 0;
}

/** Keys with a prefix behind one, ascending by bytes; and how far they are complete, undefined for to the end. */
async function namesBehind(
  { runner, partitions, list }: Spread,
  prefix: string,
  after: string,
  limit: number,
  now: Micros,
): Promise<{ readonly keys: readonly string[]; readonly seen: string | undefined }> {
  const from = laterKey(prefix, after) === after ? `(${after}` : `[${prefix}`;
  const answers = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const answer = await runner.run<readonly Buffer[]>(partition, list, [now, from, prefix, limit]);
      const [last, ...keys] = answer.map(String);
      return { last: last!, keys };
    }),
  );
  const ends = answers.flatMap(({ last }) => (last === '' ? [] : [last])).sort(compareBytes);
  const seen = ends[0];
  const keys = answers.flatMap(({ keys }) => keys).sort(compareBytes);
  return { keys: seen === undefined ? keys : keys.filter((key) => compareBytes(key, seen) <= 0), seen };
}

/** A value as the scripts take it: its kind, and what it is. */
export function toArguments(value: Value): readonly [kind: 'J' | 'B', value: Argument] {
  return typeof value === 'string'
    ? ['J', value]
    : ['B', Buffer.from(value.buffer, value.byteOffset, value.byteLength)];
}

export function toValue(kind: string, bytes: Buffer): Value {
  return kind === 'J' ? bytes.toString() : new Uint8Array(bytes);
}
