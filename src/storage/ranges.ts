import type { SequenceRange } from './ports/tracker.js';

/** Ascending sequences as ranges. */
export function toRanges(sequences: readonly number[]): readonly SequenceRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const sequence of sequences) {
    const range = ranges.at(-1);
    if (range?.last === sequence - 1) range.last = sequence;
    else ranges.push({ first: sequence, last: sequence });
  }
  return ranges;
}
