import type { Value } from './ports/common.js';

/** Whether two values are of one kind and the same to the letter. */
export function sameValue(a: Value, b: Value): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return Buffer.compare(a, b) === 0;
}

/** A value's size on the wire, without its frame. */
export function valueBytes(value: Value): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength;
}
