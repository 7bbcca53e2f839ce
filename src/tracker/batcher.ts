import type { Budget } from '../storage/budget.js';
import { Group } from '../storage/group.js';
import type { AppendOutcome, NewAppend, TrackerStore } from '../storage/ports/tracker.js';

export interface BatcherOptions {
  /** Of what waits to be written, in all lanes. */
  readonly budget: Budget;
  /** Called with each partition that has something new. */
  readonly onStored: (partition: number) => void;
}

/** Appends together what arrives together, lane by lane, and tells where something was stored. */
export class Batcher {
  readonly #store: Pick<TrackerStore, 'append' | 'laneOf'>;
  readonly #options: BatcherOptions;
  /** By lane: as many as the store has. */
  readonly #groups = new Map<number, Group<NewAppend, AppendOutcome>>();

  constructor(store: Pick<TrackerStore, 'append' | 'laneOf'>, options: BatcherOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Appends; OVERLOADED where too much is waiting already. `bytes` is the size of its events. */
  append(append: NewAppend, bytes: number): Promise<AppendOutcome> {
    const lane = this.#store.laneOf?.(append.conversationId) ?? 0;
    let group = this.#groups.get(lane);
    if (!group) {
      group = this.#newGroup();
      this.#groups.set(lane, group);
    }
    return group.writeOne(append, bytes);
  }

  #newGroup(): Group<NewAppend, AppendOutcome> {
    const { budget, onStored } = this.#options;
    return new Group<NewAppend, AppendOutcome>({
      commit: (appends) => this.#store.append(appends),
      budget,
      onCommitted: (outcomes) => {
        for (const partition of storedIn(outcomes)) onStored(partition);
      },
    });
  }
}

function storedIn(outcomes: readonly AppendOutcome[]): ReadonlySet<number> {
  const partitions = new Set<number>();
  for (const outcome of outcomes) if (outcome.status === 'stored') partitions.add(outcome.result.partition);
  return partitions;
}
