import type { Micros } from '../../storage/ports.js';

/** The time by which entries expire. */
export function nowMicros(): Micros {
  return Date.now() * 1_000;
}
