/** Repeated measurements of one value. */
export interface Sample {
  readonly median: number;
  /** The width of the middle half: how far apart the quartiles are. */
  readonly spread: number;
  readonly rounds: number;
}

export function summarize(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b);
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  return { median: quantile(sorted, 0.5), spread, rounds: sorted.length };
}

/** The value below which that part of ascending values lies, between two of them interpolated. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}

/**
 * Measures several sides in turn, so that what disturbs the machine disturbs all of them; the order is turned
 * round in every other round. A first round, in which the servers warm up, does not count.
 */
export async function alternate<Side extends string, Result>(
  rounds: number,
  sides: Readonly<Record<Side, () => Promise<Result>>>,
): Promise<Readonly<Record<Side, Result>>[]> {
  const results: Readonly<Record<Side, Result>>[] = [];
  const names = Object.keys(sides) as Side[];
  for (let round = 0; round <= rounds; round++) {
    const result: Partial<Record<Side, Result>> = {};
    for (const name of round % 2 === 0 ? names : names.toReversed()) result[name] = await sides[name]();
    if (round > 0) results.push(result as Record<Side, Result>);
  }
  return results;
}
