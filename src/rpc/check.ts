import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { Limits } from '../config/settings.js';
import { invalid, TracksideError } from '../errors.js';
import type { Micros } from '../storage/ports/common.js';
import { toMicros } from './codec.js';

/** C0, DEL and C1: Unicode's control characters. */
const control = /[\u0000-\u001f\u007f-\u009f]/;

/** An id: present, within its bytes, without control characters. */
export function checkId(field: string, value: string, maxBytes: number): string {
  if (value === '') throw invalid(field, 'is required');
  return checkText(field, value, maxBytes);
}

/** A text that may be empty, within its bytes, without control characters. */
export function checkText(field: string, value: string, maxBytes: number): string {
  // A UTF-16 unit takes three bytes at most, so that short texts need no count.
  if (value.length * 3 > maxBytes && Buffer.byteLength(value) > maxBytes) {
    throw invalid(field, `is ${Buffer.byteLength(value)} bytes long; at most ${maxBytes} are allowed`);
  }
  if (control.test(value)) throw invalid(field, 'has control characters; remove them');
  return value;
}

/** A sequence, fence or other whole number of the wire as a number. */
export function checkNumber(field: string, value: bigint, min = 0): number {
  const number = Number(value);
  if (number < min || !Number.isSafeInteger(number)) {
    throw invalid(field, `is ${value}; it must be between ${min} and ${Number.MAX_SAFE_INTEGER}`);
  }
  return number;
}

/** A page or batch size: 0 is the default, more than the maximum is the maximum. */
export function checkSize(field: string, value: number, max: number, fallback = 100): number {
  if (value < 0) throw invalid(field, `is ${value}; it can't be negative (0 is the default)`);
  return Math.min(value || fallback, max);
}

/** A value of an enum that this version knows. */
export function checkEnum<T extends number>(
  field: string,
  value: T,
  known: Readonly<Record<number, unknown>>,
): T {
  if (!(value in known)) throw invalid(field, `is ${value}, which is not a value of it`);
  return value;
}

export function checkTime(field: string, value: Timestamp): Micros {
  const micros = toMicros(value);
  if (value.nanos < 0 || value.nanos > 999_999_999 || !Number.isSafeInteger(micros)) {
    throw invalid(field, 'is not a time: nanos are 0 to 999,999,999, and years 1690 to 2250');
  }
  return micros;
}

/** A span within bounds, in milliseconds. */
export function checkDuration(field: string, value: Duration, minMs: number, maxMs: number): number {
  const ms = Number(value.seconds) * 1_000 + value.nanos / 1e6;
  if (!(ms >= minMs && ms <= maxMs)) {
    throw invalid(field, `is ${ms} ms; it must be between ${minMs} and ${maxMs} ms`);
  }
  return ms;
}

/** A set of filter values. */
export function checkValues(field: string, values: readonly string[], maxBytes: number, limits: Limits) {
  if (values.length > limits.filterValues) {
    throw invalid(field, `has ${values.length} values; at most ${limits.filterValues} are allowed`);
  }
  return new Set(values.map((value, i) => checkId(`${field}[${i}]`, value, maxBytes)));
}

/** A TOO_LARGE about a limit. */
export function tooLarge(what: string, size: number, limit: string, max: number): TracksideError {
  return new TracksideError('TOO_LARGE', `${what} is ${size}; at most ${max} is allowed (limits.${limit})`, {
    metadata: { limit, max: `${max}`, actual: `${size}` },
  });
}

/** Checks a part of a request; what is wrong there is named by its path from the request. */
export function within<T>(field: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const [violation] = error instanceof TracksideError ? error.violations : [];
    throw violation ? invalid(`${field}.${violation.field}`, violation.description) : error;
  }
}
