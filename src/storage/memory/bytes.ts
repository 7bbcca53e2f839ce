import type { Value } from '../ports/common.js';

/** What a text takes, at most: one with a character beyond ASCII may take two bytes for each. */
export function textBytes(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length : 2 * text.length;
}

/** What a value takes, at most. */
export function storedBytes(value: Value): number {
  return typeof value === 'string' ? textBytes(value) : value.byteLength;
}

/** A value that keeps nothing else in memory: bytes that are a part of something larger are copied. */
export function owned(value: Value): Value {
  return typeof value === 'string' || value.byteLength === value.buffer.byteLength
    ? value
    : Uint8Array.from(value);
}
