import { type Errand, type Patience, Waiter } from './waiter.js';

/**
 * Those of this process who wait for messages of one queue, in the order in which they came. Who comes tries at
 * once while there may be messages; later on, as many are woken as messages became ready, the first first.
 *
 * `hope` is never less than the messages that can be claimed and that nobody is about to take, so that none is
 * left lying while somebody waits. A notice adds to it, a try takes from it what it may take, and a try that finds
 * nothing proves that there is no more than what was noticed since it began.
 */
export class Line {
  readonly #onEmpty: () => void;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  /** Whoever waits without trying is here or behind. */
  #next: Waiter | undefined;
  #count = 0;
  #numbers = 0;
  /** Nobody knows at first. */
  #hope = Number.POSITIVE_INFINITY;
  /** How many messages have become ready so far. */
  #noticed = 0;

  /** `onEmpty` is called when nobody waits any more. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  /** How many wait. */
  get size(): number {
    return this.#count;
  }

  /** Waits at the end of the line; resolves to nothing at the end of the wait. */
  wait<Item>(errand: Errand<Item>, { waitMs, signal }: Patience): Promise<readonly Item[]> {
    return new Promise((resolve, reject) => {
      this.#numbers += 1;
      const waiter = new Waiter<Item>(this.#numbers, errand, signal, resolve, reject) as Waiter;
      this.#append(waiter);
      this.#serve();
      waiter.begin(waitMs, () => {
        if (!waiter.trying) this.#dismiss(waiter);
      });
    });
  }

  /** Says that so many messages have become ready. */
  ready(count: number): void {
    this.#noticed += count;
    this.#hope += count;
    this.#serve();
  }

  /** Ends every wait with an error. */
  close(error: unknown): void {
    for (let waiter = this.#first; waiter; ) {
      const { next } = waiter;
      waiter.refuse(error);
      waiter = next;
    }
  }

  #serve(): void {
    while (this.#hope > 0 && this.#next) {
      const waiter = this.#next;
      this.#next = waiter.next;
      if (!waiter.trying) void this.#try(waiter);
    }
  }

  async #try(waiter: Waiter): Promise<void> {
    const share = Math.min(this.#hope, waiter.wanted());
    const noticed = this.#noticed;
    this.#hope -= share;
    waiter.trying = true;
    try {
      const taken = await waiter.take();
      if (taken > 0) {
        this.#hope += Math.max(share - taken, 0);
        this.#remove(waiter);
      } else {
        this.#hope = Math.min(this.#hope, this.#noticed - noticed);
        this.#waitAgain(waiter);
      }
    } catch (error) {
      this.#hope += share;
      waiter.fail(error);
      this.#remove(waiter);
    }
    this.#serve();
  }

  #waitAgain(waiter: Waiter): void {
    waiter.trying = false;
    if (waiter.ended) this.#dismiss(waiter);
    else if (!this.#next || waiter.number < this.#next.number) this.#next = waiter;
  }

  #dismiss(waiter: Waiter): void {
    waiter.leave();
    this.#remove(waiter);
  }

  #append(waiter: Waiter): void {
    waiter.previous = this.#last;
    if (this.#last) this.#last.next = waiter;
    else this.#first = waiter;
    this.#last = waiter;
    this.#next ??= waiter;
    this.#count += 1;
  }

  #remove(waiter: Waiter): void {
    const { previous, next } = waiter;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    if (this.#next === waiter) this.#next = next;
    this.#count -= 1;
    if (this.#count === 0) this.#onEmpty();
  }
}
