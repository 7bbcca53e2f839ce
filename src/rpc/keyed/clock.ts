import type { Micros } from '../../storage/ports/common.js';

/** The time by which entries expire. */
export function nowMicros(): Micros {
  return Date.now() * 1_000;
}
