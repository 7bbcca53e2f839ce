import type { Micros } from './ports/common.js';

/**
 * The next of a partition's numbers, of which tickets, fences and claims are made. As it is not below the clock, numbers
 * go on growing where a store has lost the last one.
 */
export function nextNumber(last: number, now: Micros): number {
  return Math.max(last + 1, now);
}
