import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  AppendItemsRequest,
  BatchSetRecordsRequest,
  DeleteRecordRequest,
  SetRecordRequest,
  SetRecordResultSchema,
} from '#gen/trackside/v1/record_service_pb.js';
import type { Limits } from '../../config/settings.js';
import { TracksideError } from '../../errors.js';
import type {
  RecordCondition,
  RecordOutcome,
  RecordResult,
  RecordStore,
  RecordWrite,
} from '../../storage/ports/record.js';
import { checkNumber } from '../check.js';
import { toTimestamp } from '../codec.js';
import { toStatusMessage } from '../errors.js';
import { nowMicros } from '../keyed/clock.js';
import type { KeyedContext } from '../keyed/context.js';
import { requestIdReused, wrongKind } from '../keyed/refusals.js';
import { checkCount, checkKey, checkTogether, checkValue, markOf } from '../values.js';

type Context = KeyedContext<RecordStore>;

export function setRecord({ store, limits }: Context) {
  return async (request: SetRecordRequest) => {
    const write = setOf('', request, limits);
    const [outcome] = await store.write([write], nowMicros());
    return toSet(told(write, outcome!));
  };
}

export function batchSetRecords({ store, limits }: Context) {
  return async ({ requests }: BatchSetRecordsRequest) => {
    checkCount('requests', requests.length, limits);
    const writes = requests.map((request, i) => setOf(`requests[${i}].`, request, limits));
    const outcomes = await store.write(writes, nowMicros());
    return { results: outcomes.map((outcome, i) => toResult(writes[i]!, outcome)) };
  };
}

export function deleteRecord({ store, limits }: Context) {
  return async ({ key, version, requestId }: DeleteRecordRequest) => {
    const write: RecordWrite = {
      kind: 'delete',
      key: checkKey('key', key, limits),
      condition: version === undefined ? 'any' : checkNumber('version', version, 1),
      request: markOf('request_id', requestId, limits, () => ['delete', key, version]),
    };
    const [outcome] = await store.write([write], nowMicros());
    const { applied, duplicate } = told(write, outcome!);
    return { deleted: applied, duplicate };
  };
}

export function appendItems({ store, limits }: Context) {
  return async ({ key, items: given, requestId }: AppendItemsRequest) => {
    checkKey('key', key, limits);
    checkCount('items', given.length, limits);
    const items = given.map((item, i) => checkValue(`items[${i}]`, item, limits));
    checkTogether('items', items, limits);
    const request = markOf('request_id', requestId, limits, () => ['append', key, ...items]);
    const write: RecordWrite = { kind: 'append', key, items, request };
    const [outcome] = await store.write([write], nowMicros());
    const { count, version, duplicate } = told(write, outcome!);
    return {
      firstIndex: BigInt(count - items.length),
      count: BigInt(count),
      version: BigInt(version),
      duplicate,
    };
  };
}

function setOf(path: string, request: SetRecordRequest, limits: Limits): RecordWrite {
  const key = checkKey(`${path}key`, request.key, limits);
  const value = checkValue(`${path}value`, request.value, limits);
  const condition = conditionOf(path, request.condition);
  const parts = () => ['set', key, value, condition];
  return {
    kind: 'set',
    key,
    value,
    condition,
    request: markOf(`${path}request_id`, request.requestId, limits, parts),
  };
}

function conditionOf(path: string, condition: SetRecordRequest['condition']): RecordCondition {
  if (condition.case === 'version') return checkNumber(`${path}version`, condition.value, 1);
  return condition.case ?? 'any';
}

/** A result, and whether it is that of an earlier call. */
type Told = RecordResult & { readonly duplicate: boolean };

/** The result of a write; throws its refusal where it was refused. */
function told(write: RecordWrite, outcome: RecordOutcome): Told {
  switch (outcome.status) {
    case 'done':
      return { ...outcome.result, duplicate: false };
    case 'repeated':
      return { ...outcome.result, duplicate: true };
    case 'request_id_reused':
      throw requestIdReused(write.request!);
    case 'wrong_kind':
      throw wrongKind(write.key, `a ${outcome.found}`, outcome.found === 'list' ? 'a value' : 'a list');
    case 'conflict':
      throw conflict(write, outcome.actual);
  }
}

function conflict(write: RecordWrite, actual: number): TracksideError {
  const expected = write.kind === 'append' ? '' : `${write.condition}`;
  return new TracksideError(
    'VERSION_CONFLICT',
    `key "${write.key}": its version is ${actual} (0: no record), not as expected (${expected})`,
    { metadata: { expected, actual: `${actual}` } },
  );
}

function toResult(
  write: RecordWrite,
  outcome: RecordOutcome,
): MessageInitShape<typeof SetRecordResultSchema> {
  try {
    return { result: { case: 'response', value: toSet(told(write, outcome)) } };
  } catch (error) {
    if (!(error instanceof TracksideError)) throw error;
    return { result: { case: 'error', value: toStatusMessage(error) } };
  }
}

function toSet({ version, updateTime, duplicate }: Told) {
  return { version: BigInt(version), updateTime: toTimestamp(updateTime), duplicate };
}
