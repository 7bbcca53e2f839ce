import { create } from '@bufbuild/protobuf';
import { type Value as ValueMessage, ValueSchema } from '#gen/trackside/v1/value_pb.js';
import type { Limits } from '../config/settings.js';
import { invalid } from '../errors.js';
import { checkJson } from '../json/check.js';
import { hashParts } from '../storage/check.js';
import type { RequestMark, Value } from '../storage/ports/common.js';
import { valueBytes } from '../storage/value.js';
import { checkId, checkText, tooLarge } from './check.js';

/** A value: present, within its bytes, and JSON where it says so. */
export function checkValue(field: string, value: ValueMessage | undefined, limits: Limits): Value {
  if (!value?.kind.case) throw invalid(field, 'is required: set json or bytes');
  const { case: kind, value: content } = value.kind;
  // A UTF-16 unit takes three bytes at most, so that short texts need no count.
  if (content.length * 3 > limits.valueBytes) {
    const bytes = valueBytes(content);
    if (bytes > limits.valueBytes)
      throw tooLarge(`${field}: its size`, bytes, 'value_bytes', limits.valueBytes);
  }
  if (kind === 'bytes') {
    // A copy: what was decoded is a view of the whole request, which would stay in memory with it.
    return new Uint8Array(content);
  }
  const wrong = checkJson(content, limits.dataDepth);
  if (wrong !== undefined) throw invalid(`${field}.json`, wrong);
  return content;
}

/** The size of the values of one call together. */
export function checkTogether(what: string, values: readonly Value[], limits: Limits): void {
  const bytes = values.reduce<number>((sum, value) => sum + valueBytes(value), 0);
  if (bytes > limits.valueBytes) {
    throw tooLarge(`the size of the ${what}`, bytes, 'value_bytes', limits.valueBytes);
  }
}

export function toValue(value: Value): ValueMessage {
  // Filled in, not handed to create(), which costs several times more.
  const message = create(ValueSchema);
  message.kind =
    typeof value === 'string'
      ? { case: 'json', value }
      : { case: 'bytes', value: value as Uint8Array<ArrayBuffer> };
  return message;
}

export function checkKey(field: string, key: string, limits: Limits): string {
  return checkId(field, key, limits.keyBytes);
}

/** Several keys, as a batch names them. */
export function checkKeys(keys: readonly string[], limits: Limits): readonly string[] {
  checkCount('keys', keys.length, limits);
  return keys.map((key, i) => checkKey(`keys[${i}]`, key, limits));
}

/** The length of a batch. */
export function checkCount(field: string, count: number, limits: Limits): void {
  if (count === 0) throw invalid(field, 'is empty; give at least one');
  if (count > limits.keyedBatch)
    throw tooLarge(`the number of ${field}`, count, 'keyed_batch', limits.keyedBatch);
}

/** The mark of a request that bears an id; `parts` are all that tells it apart from others. */
export function markOf(
  field: string,
  id: string,
  limits: Limits,
  parts: () => readonly (Value | bigint | number | undefined)[],
): RequestMark | undefined {
  if (checkText(field, id, limits.appendIdBytes) === '') return undefined;
  const texts = parts().flatMap((part) => {
    if (part === undefined) return ['none'];
    if (part instanceof Uint8Array) return ['bytes', Buffer.from(part).toString('base64')];
    return [typeof part, `${part}`];
  });
  return { id, digest: hashParts(texts).slice(0, 22) };
}
