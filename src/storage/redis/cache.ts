import type { CacheStore, EntryOutcome, EntryWrite, FoundEntry } from '../ports/cache.js';
import type { Micros, Value } from '../ports/common.js';
import {
  bounded,
  clearKeys,
  getKeys,
  inShares,
  listKeys,
  type Spread,
  sweepAll,
  toArguments,
} from './keyed.js';
import type { Partitions } from './partitions.js';
import type { Argument } from './script.js';
import { scripts } from './scripts.js';

/** The cache on Redis: a write or read is one script per partition that its keys are in. */
export function openCache(all: Partitions): CacheStore {
  const runner = all.serve('cache', 'bytes');
  const { partitions } = all.identity;
  const spread: Spread = {
    runner,
    partitions,
    get: scripts.getEntries,
    list: scripts.listEntries,
    remove: scripts.removeEntries,
    sweep: scripts.sweepEntries,
    own: () => [],
  };

  async function write(writes: readonly EntryWrite[], now: Micros): Promise<readonly EntryOutcome[]> {
    return inShares(
      writes,
      partitions,
      ({ key }) => key,
      async (partition, share) => {
        const args = [now, ...share.flatMap(encode)];
        const answers = await runner.run<readonly Reply[]>(partition, scripts.writeEntries, args);
        return answers.map((answer) => outcomeOf(answer.map(String)));
      },
    );
  }

  return {
    write: bounded(valuesOf, write),
    get: (keys, maxBytes, now) =>
      getKeys<Found, FoundEntry>(spread, keys, maxBytes, now, ([expire, kind, size, value], told) => ({
        value: told(kind, size, value),
        expireTime: microsOf(String(expire)),
      })),
    keys: (query, now) => listKeys(spread, query, now),
    clear: (prefix, after, limit, now) => clearKeys(spread, prefix, after, limit, now),
    sweep: (limit, now) => sweepAll(spread, limit, now),
  };
}

type Reply = readonly Buffer[];
type Found = readonly [expire: Buffer, kind: Buffer, size: number, value?: Buffer];

function valuesOf(write: EntryWrite): readonly Value[] {
  if (write.kind !== 'set') return [];
  return typeof write.condition === 'string' ? [write.value] : [write.value, write.condition.equals];
}

function encode(write: EntryWrite): readonly Argument[] {
  const { kind, key, request } = write;
  const condition = write.kind === 'set' ? write.condition : '';
  const [value = '', expected = ''] = valuesOf(write);
  return [
    kind,
    key,
    request?.id ?? '',
    request?.digest ?? '',
    typeof condition === 'string' ? condition : 'equals',
    ('expireTime' in write ? write.expireTime : undefined) ?? '',
    ...toArguments(value),
    ...toArguments(expected),
    write.kind === 'increment' ? `${write.delta}` : '',
  ];
}

function outcomeOf([status, applied, expire, number]: readonly string[]): EntryOutcome {
  switch (status) {
    case 'done':
    case 'repeated': {
      const result = { applied: applied === '1', expireTime: microsOf(expire!), number: number || undefined };
      return { status, result };
    }
    default:
      return { status: status as 'request_id_reused' | 'wrong_kind' | 'out_of_range' };
  }
}

function microsOf(text: string): Micros | undefined {
  return text === '' ? undefined : Number(text);
}
