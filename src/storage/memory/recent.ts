import type { Micros } from '../ports/common.js';

export interface RecentOptions<Key, Value> {
  /** How long a thing is remembered, while there is room. */
  readonly window: Micros;
  /** How many are. */
  readonly max: number;
  readonly onForget?: (key: Key, value: Value) => void;
}

/** What is remembered for a while: the last things, by key. */
export class Recent<Key, Value extends { readonly time: Micros }> {
  readonly #options: RecentOptions<Key, Value>;
  readonly #byKey = new Map<Key, Value>();
  /** Behind the oldest. It is kept, as a new one would step over all that was deleted since the map last grew. */
  #hand = this.#byKey.entries();
  #oldest: readonly [Key, Value] | undefined;

  constructor(options: RecentOptions<Key, Value>) {
    this.#options = options;
  }

  get size(): number {
    return this.#byKey.size;
  }

  find(key: Key, now: Micros): Value | undefined {
    const found = this.#byKey.get(key);
    return found && found.time > now - this.#options.window ? found : undefined;
  }

  add(key: Key, value: Value): void {
    this.forget(key);
    this.#byKey.set(key, value);
    if (this.#byKey.size > this.#options.max) this.forget(this.#findOldest()![0]);
  }

  forget(key: Key): void {
    const value = this.#byKey.get(key);
    if (value === undefined) return;
    this.#byKey.delete(key);
    this.#options.onForget?.(key, value);
  }

  /** Forgets at most so many that are too old. True where there may be more. */
  sweep(limit: number, now: Micros): boolean {
    for (let left = limit; ; left--) {
      const oldest = this.#findOldest();
      if (!oldest || oldest[1].time > now - this.#options.window) return false;
      if (left === 0) return true;
      this.forget(oldest[0]);
    }
  }

  #findOldest(): readonly [Key, Value] | undefined {
    while (this.#byKey.size > 0) {
      if (this.#oldest && this.#byKey.get(this.#oldest[0]) === this.#oldest[1]) return this.#oldest;
      const { value, done } = this.#hand.next();
      this.#oldest = done ? undefined : value;
      if (done) this.#hand = this.#byKey.entries();
    }
    this.#oldest = undefined;
    return undefined;
  }
}
