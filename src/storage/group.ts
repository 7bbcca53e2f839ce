import type { Budget } from './budget.js';

export interface GroupOptions<Write, Outcome> {
  /** Carries out writes in one commit; outcomes are in array order. Where it rejects, all of its writes failed. */
  readonly commit: (writes: readonly Write[]) => Promise<readonly Outcome[]>;
  /** Of what waits to be written and what is being written. */
  readonly budget: Budget;
  /** Called with a commit's outcomes, behind the answers to its calls. */
  readonly onCommitted?: (outcomes: readonly Outcome[]) => void;
  /** One commit's bounds, so that none takes long and no other waits long; a larger call is committed alone. */
  readonly maxWrites?: number;
  readonly maxBytes?: number;
}

interface Call<Outcome> {
  /** How many of the waiting writes are this call's. */
  readonly count: number;
  readonly bytes: number;
  /** Answers with the outcomes from an index on. */
  readonly answer: (outcomes: readonly Outcome[], first: number) => void;
  readonly reject: (error: unknown) => void;
}

/** What is as well committed in one piece. */
const fewWrites = 16;

/**
 * Commits together, in the order of the calls, what arrives while a commit is under way, so that one flush to
 * the disk, or one round trip, serves all of it. A call's writes are in one commit; nothing else is waited for.
 *
 * Of callers that wait for their answers before they write again, all would soon be in the same commit, idle while
 * it is under way as the disk is between two. So a commit takes no more than half of what was under way when the one
 * before it ended: while one half is stored, the other half's callers write.
 */
export class Group<Write, Outcome> {
  readonly #options: Required<GroupOptions<Write, Outcome>>;
  readonly #calls: Call<Outcome>[] = [];
  /** The calls' writes, one call's behind the other's. */
  readonly #writes: Write[] = [];
  /** The most that the next commit takes. */
  #share = Number.POSITIVE_INFINITY;
  #running = false;

  constructor(options: GroupOptions<Write, Outcome>) {
    this.#options = { maxWrites: 512, maxBytes: 4 << 20, onCommitted: () => {}, ...options };
  }

  /** Writes of so many bytes together; rejects with OVERLOADED where too much is waiting already. */
  write(writes: readonly Write[], bytes: number): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#options.budget.take(bytes);
      for (const write of writes) this.#writes.push(write);
      const { length: count } = writes;
      const answer = (all: readonly Outcome[], first: number) => resolve(all.slice(first, first + count));
      this.#add({ count, bytes, answer, reject });
    });
  }

  /** Like `write`, of one. */
  writeOne(write: Write, bytes: number): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#options.budget.take(bytes);
      this.#writes.push(write);
      this.#add({ count: 1, bytes, answer: (outcomes, first) => resolve(outcomes[first]!), reject });
    });
  }

  #add(call: Call<Outcome>): void {
    this.#calls.push(call);
    if (this.#running) return;
    this.#running = true;
    // What else this turn of the event loop brings joins the first commit: fewer, larger ones.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#calls.length > 0) await this.#commit(this.#take());
    this.#share = Number.POSITIVE_INFINITY;
    this.#running = false;
  }

  #take(): readonly Call<Outcome>[] {
    const { maxBytes, maxWrites } = this.#options;
    const most = Math.min(maxWrites, this.#share);
    let [bytes, writes, count] = [0, 0, 0];
    for (const call of this.#calls) {
      bytes += call.bytes;
      if (count > 0 && (bytes > maxBytes || writes + call.count > most)) break;
      writes += call.count;
      count += 1;
    }
    return this.#calls.splice(0, count);
  }

  async #commit(calls: readonly Call<Outcome>[]): Promise<void> {
    const { commit, onCommitted, budget } = this.#options;
    const count = calls.reduce((sum, call) => sum + call.count, 0);
    try {
      const outcomes = await commit(this.#writes.splice(0, count));
      this.#share = Math.max(Math.ceil((count + this.#writes.length) / 2), fewWrites);
      let first = 0;
      for (const call of calls) {
        call.answer(outcomes, first);
        first += call.count;
      }
      onCommitted(outcomes);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    } finally {
      for (const { bytes } of calls) budget.give(bytes);
    }
  }
}
