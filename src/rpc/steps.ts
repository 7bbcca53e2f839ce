import type { Call } from './define.js';

/** How many things a step deals with. */
const stepSize = 1_000;

/**
 * Does something to all of many things in steps, between which others are served; ends early where nobody waits any
 * more. A step goes on behind `after`, and tells where the next one does; undefined at the end. Answers how many
 * things there were.
 */
export async function inSteps<Place>(
  start: Place,
  { signal }: Call,
  step: (
    after: Place,
    limit: number,
  ) => Promise<{ readonly count: number; readonly next: Place | undefined }>,
): Promise<bigint> {
  let total = 0;
  for (let after: Place | undefined = start; after !== undefined && !signal.aborted; ) {
    const { count, next }: { count: number; next: Place | undefined } = await step(after, stepSize);
    total += count;
    after = next;
    await new Promise(setImmediate);
  }
  return BigInt(total);
}
