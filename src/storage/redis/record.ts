import { boundsOf } from '../items.js';
import { partitionOf } from '../partition.js';
import type { Micros, Value } from '../ports/common.js';
import type {
  FoundRecord,
  ItemLimit,
  ItemPage,
  ItemRange,
  RecordOutcome,
  RecordStore,
  RecordWrite,
} from '../ports/record.js';
import {
  bounded,
  clearKeys,
  getKeys,
  inShares,
  listKeys,
  type Spread,
  sweepAll,
  type Told,
  toArguments,
  toValue,
} from './keyed.js';
import { listKey } from './layout.js';
import type { Partitions } from './partitions.js';
import type { Argument } from './script.js';
import { scripts } from './scripts.js';

/** Records on Redis: a write or read is one script per partition that its keys are in. */
export function openRecord(all: Partitions): RecordStore {
  const runner = all.serve('record', 'bytes');
  const { partitions } = all.identity;
  const listOf = (partition: number, key: string) => listKey(all.namespace, partition, key);
  const spread: Spread = {
    runner,
    partitions,
    get: scripts.getRecords,
    list: scripts.listRecords,
    remove: scripts.removeRecords,
    sweep: scripts.sweepRecords,
    own: (partition, key) => [listOf(partition, key)],
  };

  async function write(writes: readonly RecordWrite[], now: Micros): Promise<readonly RecordOutcome[]> {
    return inShares(
      writes,
      partitions,
      ({ key }) => key,
      async (partition, share) => {
        const args = [now, partition, partitions, ...share.flatMap(encode)];
        const lists = share.map(({ key }) => listOf(partition, key));
        const answers = await runner.run<readonly Reply[]>(partition, scripts.writeRecords, args, lists);
        return answers.map((answer) => outcomeOf(answer.map(String)));
      },
    );
  }

  async function items(key: string, range: ItemRange, limit: ItemLimit): Promise<ItemPage | undefined> {
    const partition = partitionOf(key, partitions);
    const args = [0, key, range.start, range.end, limit.maxItems, limit.maxBytes];
    const answer = await runner.run<readonly [number, ...Buffer[]] | null>(
      partition,
      scripts.readItems,
      args,
      [listOf(partition, key)],
    );
    if (!answer) return undefined;
    const [count, ...found] = answer;
    const bounds = boundsOf(range, count);
    return {
      count,
      ...bounds,
      items: found.map((item) => toValue(String.fromCharCode(item[0]!), item.subarray(1))),
    };
  }

  return {
    write: bounded(valuesOf, write),
    get: (keys, maxBytes, now) => getKeys<Found, FoundRecord>(spread, keys, maxBytes, now, foundOf),
    items,
    keys: (query, now) => listKeys(spread, query, now),
    clear: (prefix, after, limit, now) => clearKeys(spread, prefix, after, limit, now),
    sweep: (limit, now) => sweepAll(spread, limit, now),
  };
}

type Reply = readonly Buffer[];
type Found = readonly [version: number, updateTime: number, kind: Buffer, size: number, value?: Buffer];

function foundOf([version, updateTime, kind, size, value]: Found, told: Told): FoundRecord {
  if (String(kind) === 'L') return { version, updateTime, kind: 'list', count: size };
  return { version, updateTime, kind: 'value', value: told(kind, size, value) };
}

function valuesOf(write: RecordWrite): readonly Value[] {
  if (write.kind === 'delete') return [];
  return write.kind === 'set' ? [write.value] : write.items;
}

function encode(write: RecordWrite): readonly Argument[] {
  const { kind, key, request } = write;
  const values = valuesOf(write);
  return [
    kind,
    key,
    request?.id ?? '',
    request?.digest ?? '',
    write.kind === 'append' ? '' : write.condition,
    values.length,
    ...values.flatMap(toArguments),
  ];
}

function outcomeOf([status, ...told]: readonly string[]): RecordOutcome {
  switch (status) {
    case 'done':
    case 'repeated': {
      const [version, updateTime, count] = told.slice(1).map(Number) as [number, number, number];
      return { status, result: { applied: told[0] === '1', version, updateTime, count } };
    }
    case 'wrong_kind':
      return { status, found: told[0] as 'value' | 'list' };
    case 'conflict':
      return { status, actual: Number(told[0]) };
    default:
      return { status: status as 'request_id_reused' };
  }
}
