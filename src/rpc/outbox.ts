interface Waiting<Item> {
  readonly item: Item;
  readonly taken: (isTaken: boolean) => void;
}

interface Reader<Item> {
  readonly resolve: (result: IteratorResult<Item, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The items of several writers on their way to one reader, in the order in which they were put. A writer learns
 * when its item was taken, so that a reader that doesn't read costs an item of each writer that waits for it.
 */
export class Outbox<Item> implements AsyncIterator<Item, undefined> {
  readonly #waiting: Waiting<Item>[] = [];
  #reader: Reader<Item> | undefined;
  #ended = false;
  /** What to fail with behind the last item. */
  #error: unknown;

  /** Resolves when the item was taken; to false where it never will be. */
  put(item: Item): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    if (this.#reader) {
      this.#reader.resolve({ done: false, value: item });
      this.#reader = undefined;
      return Promise.resolve(true);
    }
    return new Promise((taken) => this.#waiting.push({ item, taken }));
  }

  /** Takes no more items; what was put is still read, and behind it the end, or the error. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) this.#finish(reader);
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    const first = this.#waiting.shift();
    if (first) {
      first.taken(true);
      return Promise.resolve({ done: false, value: first.item });
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      if (this.#ended) this.#finish(this.#reader);
    });
  }

  /** Ends it for a reader that is gone: what waits is never taken. */
  async return(): Promise<IteratorResult<Item, undefined>> {
    for (const { taken } of this.#waiting.splice(0)) taken(false);
    this.end();
    return { done: true, value: undefined };
  }

  #finish({ resolve, reject }: Reader<Item>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) resolve({ done: true, value: undefined });
    else reject(error);
  }
}
