import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  BatchGetRecordsRequest,
  CountItemsRequest,
  GetRecordRequest,
  HasRecordRequest,
  ListItemsRequest,
  RecordResultSchema,
  RecordSchema,
} from '#gen/trackside/v1/record_service_pb.js';
import { invalid, TracksideError } from '../../errors.js';
import type { Value } from '../../storage/ports/common.js';
import type { FoundRecord, ItemRange, RecordStore } from '../../storage/ports/record.js';
import { checkSize } from '../check.js';
import { toTimestamp } from '../codec.js';
import { nowMicros } from '../keyed/clock.js';
import type { KeyedContext } from '../keyed/context.js';
import { wrongKind } from '../keyed/refusals.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { roomFor } from '../room.js';
import { checkKey, checkKeys, toValue } from '../values.js';

type Context = KeyedContext<RecordStore>;

export function getRecord(context: Context) {
  return async (request: GetRecordRequest) => {
    const { key, found } = await find(context, request.key, roomFor(1, context.limits));
    if (!found) {
      throw new TracksideError('KEY_NOT_FOUND', `no record "${key}"`, { metadata: { key } });
    }
    if (found.kind === 'list') throw wrongKind(key, 'a list', 'a value');
    return { record: toRecord(found, found.value!) };
  };
}

export function hasRecord(context: Context) {
  return async (request: HasRecordRequest) => {
    const { found } = await find(context, request.key, 0);
    return { exists: found !== undefined };
  };
}

export function batchGetRecords({ store, limits }: Context) {
  return async (request: BatchGetRecordsRequest) => {
    const keys = checkKeys(request.keys, limits);
    const found = await store.get(keys, roomFor(keys.length, limits), nowMicros());
    return { results: found.map(toResult) };
  };
}

export function countItems(context: Context) {
  return async (request: CountItemsRequest) => {
    const { key, found } = await find(context, request.key, 0);
    if (found?.kind === 'value') throw wrongKind(key, 'a value', 'a list');
    return { count: BigInt(found?.count ?? 0) };
  };
}

export function listItems({ store, limits }: Context) {
  return async (request: ListItemsRequest) => {
    const key = checkKey('key', request.key, limits);
    const maxItems = checkSize('page_size', request.pageSize, limits.pageSize);
    const range = { start: toIndex('start', request.start), end: toIndex('end', request.end ?? -1n) };
    const asked = ['items', key, range.start, range.end];
    const goOn = request.pageToken
      ? decodePageToken(asked, request.pageToken, 'number', 'number')
      : undefined;
    const page = await store.items(key, goOn ? { start: goOn[0], end: goOn[1] } : range, {
      maxItems,
      maxBytes: roomFor(maxItems, limits),
    });
    if (!page) throw wrongKind(key, 'a value', 'a list');
    const { first, last, count, items } = page;
    const next = first + items.length;
    return {
      items: items.map(toValue),
      firstIndex: BigInt(first),
      count: BigInt(count),
      nextPageToken: next > last ? '' : encodePageToken(asked, [next, last]),
    };
  };
}

async function find({ store, limits }: Context, given: string, room: number) {
  const key = checkKey('key', given, limits);
  const [found] = await store.get([key], room, nowMicros());
  return { key, found };
}

function toIndex(field: string, value: bigint): ItemRange['start'] {
  const index = Number(value);
  if (!Number.isSafeInteger(index)) throw invalid(field, `is ${value}; no list has that many items`);
  return index;
}

function toResult(found: FoundRecord | undefined): MessageInitShape<typeof RecordResultSchema> {
  if (!found) return { result: { case: 'missing', value: {} } };
  if (found.kind === 'list') return { result: { case: 'wrongKind', value: {} } };
  if (found.value === undefined) return { result: { case: 'tooLarge', value: {} } };
  return { result: { case: 'record', value: toRecord(found, found.value) } };
}

function toRecord({ version, updateTime }: FoundRecord, value: Value): MessageInitShape<typeof RecordSchema> {
  return { value: toValue(value), version: BigInt(version), updateTime: toTimestamp(updateTime) };
}
