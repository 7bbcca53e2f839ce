/** The most keys that are kept after they were deleted. */
const maxGone = 1_024;

/**
 * A map in which the same keys may come and go as often as they like. V8's Map keeps the place of what was deleted,
 * in the way of whoever looks for a key of the same hash, until it has as many such places as it has room: in a map of
 * 10,000 a key that was set and deleted again and again took a hundred times longer to be found. Here a deleted key
 * keeps its place for a while, to be set there again; some are removed together, when they are a quarter of all.
 */
export class SteadyMap<Key, Value extends NonNullable<unknown>> {
  /** Those that were deleted have no value. */
  readonly #values = new Map<Key, Value | undefined>();
  /** The keys that were deleted of late; some may have been set again. */
  readonly #gone = new Set<Key>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  set(key: Key, value: Value): void {
    if (this.#values.get(key) === undefined) this.#size += 1;
    this.#values.set(key, value);
  }

  /** True where it was there. */
  delete(key: Key): boolean {
    if (this.#values.get(key) === undefined) return false;
    this.#values.set(key, undefined);
    this.#size -= 1;
    this.#gone.add(key);
    if (this.#gone.size > Math.min(maxGone, 16 + this.#size / 4)) this.#tidy();
    return true;
  }

  /** In the order in which the keys were first set; what is set meanwhile may come too. */
  *entries(): Generator<[Key, Value]> {
    for (const [key, value] of this.#values) if (value !== undefined) yield [key, value];
  }

  #tidy(): void {
    for (const key of this.#gone) if (this.#values.get(key) === undefined) this.#values.delete(key);
    this.#gone.clear();
  }
}
