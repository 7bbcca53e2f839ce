import type { Budget } from '../storage/budget.js';
import { Group } from '../storage/group.js';
import type { AppendOutcome, NewAppend, TrackerStore } from '../storage/ports/tracker.js';

/** Appends together what arrives together, and tells where something was stored. */
export class Batcher {
  readonly #group: Group<NewAppend, AppendOutcome>;

  /** `budget` is of what waits to be written; `onStored` is called with each partition that has something new. */
  constructor(
    store: Pick<TrackerStore, 'append'>,
    { budget, onStored }: { readonly budget: Budget; readonly onStored: (partition: number) => void },
  ) {
    this.#group = new Group<NewAppend, AppendOutcome>({
      commit: (appends) => store.append(appends),
      budget,
      onCommitted: (outcomes) => {
        for (const partition of storedIn(outcomes)) onStored(partition);
      },
    });
  }

  /** Appends; OVERLOADED where too much is waiting already. `bytes` is the size of its events. */
  append(append: NewAppend, bytes: number): Promise<AppendOutcome> {
    return this.#group.writeOne(append, bytes);
  }
}

function storedIn(outcomes: readonly AppendOutcome[]): ReadonlySet<number> {
  const partitions = new Set<number>();
  for (const outcome of outcomes) if (outcome.status === 'stored') partitions.add(outcome.result.partition);
  return partitions;
}
