import type { ItemRange } from './ports/record.js';

/** A range's bounds as indexes from 0, within a list of so many items; `last` is below `first` where it is empty. */
export function boundsOf({ start, end }: ItemRange, count: number): { first: number; last: number } {
  const first = Math.max(start < 0 ? count + start : start, 0);
  const last = Math.min(end < 0 ? count + end : end, count - 1);
  return last < first ? { first, last: first - 1 } : { first, last };
}
