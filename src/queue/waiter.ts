/** How long somebody waits. */
export interface Patience {
  /** In milliseconds; undefined for no end. */
  readonly waitMs: number | undefined;
  /** Aborts when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** What somebody waits for. */
export interface Errand<Item> {
  /** How many items it takes at most. */
  wanted(): number;
  /** Takes what there is; nothing where there is none. */
  take(): Promise<readonly Item[]>;
  /** Gives back what was taken for somebody who vanished meanwhile. */
  giveBack(items: readonly Item[]): void;
}

/** One who waits in a queue's line. What was taken at the end of the wait is still handed over. */
export class Waiter<Item = unknown> {
  readonly #errand: Errand<Item>;
  readonly #signal: AbortSignal;
  readonly #resolve: (items: readonly Item[]) => void;
  readonly #reject: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #onEnd: () => void = () => {};
  #ended = false;
  #failure: unknown;
  /** Grows along the line. */
  readonly number: number;
  previous: Waiter | undefined;
  next: Waiter | undefined;
  /** Whether it is about to take something. */
  trying = false;

  constructor(
    number: number,
    errand: Errand<Item>,
    signal: AbortSignal,
    resolve: (items: readonly Item[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.number = number;
    this.#errand = errand;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Whether it waits no longer than for what it is about to take. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Calls back once, when the wait has ended. */
  begin(waitMs: number | undefined, onEnd: () => void): void {
    this.#onEnd = onEnd;
    if (waitMs === 0 || this.#signal.aborted) {
      this.#end();
      return;
    }
    if (waitMs !== undefined) this.#timer = setTimeout(this.#end, waitMs);
    this.#signal.addEventListener('abort', this.#end);
  }

  /** Ends the wait with an error, unless something is about to be taken. */
  refuse(error: unknown): void {
    this.#failure = error;
    this.#end();
  }

  wanted(): number {
    return this.#errand.wanted();
  }

  /** Takes what there is, and answers with it where it is anything; tells how much it was. */
  async take(): Promise<number> {
    const items = await this.#errand.take();
    if (items.length === 0) return 0;
    this.#forget();
    if (this.#signal.aborted) this.#errand.giveBack(items);
    this.#resolve(items);
    return items.length;
  }

  /** Answers that there was nothing. */
  leave(): void {
    this.#forget();
    if (this.#failure === undefined) this.#resolve([]);
    else this.#reject(this.#failure);
  }

  fail(error: unknown): void {
    this.#forget();
    this.#reject(error);
  }

  readonly #end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  };

  #forget(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#end);
  }
}
