import type { AppendOutcome, NewAppend, TrackerStore } from '../storage/ports/tracker.js';
import type { Budget } from './budget.js';

/** One batch's bound, so that no commit takes long and no other waits long. */
const maxBatch = { appends: 512, bytes: 4 << 20 };

interface Waiting {
  readonly append: NewAppend;
  readonly bytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits together what arrives while a commit is under way, so that one fsync, or one round trip, serves all
 * of it. An append waits for nothing else.
 */
export class Batcher {
  readonly #store: Pick<TrackerStore, 'append'>;
  /** Of what waits to be written. */
  readonly #budget: Budget;
  /** Called with the partition of whatever was stored. */
  readonly #onStored: (partition: number) => void;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(
    store: Pick<TrackerStore, 'append'>,
    options: { readonly budget: Budget; readonly onStored: (partition: number) => void },
  ) {
    this.#store = store;
    this.#budget = options.budget;
    this.#onStored = options.onStored;
  }

  /** Appends; OVERLOADED where too much is waiting already. `bytes` is the size of its events. */
  append(append: NewAppend, bytes: number): Promise<AppendOutcome> {
    this.#budget.take(bytes);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, bytes, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      // What else this turn of the event loop brings joins the first batch: fewer, larger commits.
      setImmediate(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#takeBatch());
    this.#running = false;
  }

  #takeBatch(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && count < maxBatch.appends) {
      bytes += this.#waiting[count]!.bytes;
      if (count > 0 && bytes > maxBatch.bytes) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#store.append(batch.map((waiting) => waiting.append));
      const stored = new Set<number>();
      batch.forEach((waiting, i) => {
        const outcome = outcomes[i]!;
        if (outcome.status === 'stored') stored.add(outcome.result.partition);
        waiting.resolve(outcome);
      });
      for (const partition of stored) this.#onStored(partition);
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    } finally {
      for (const waiting of batch) this.#budget.give(waiting.bytes);
    }
  }
}
