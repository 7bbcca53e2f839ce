/** The longest chunk; an insertion moves at most that many items. */
const maxChunk = 512;
/** Shorter ones are joined, up to twice that, so that items that come and go leave no row of stumps. */
const minChunk = 128;

/**
 * Items in order, in chunks so that the cost of a change hardly grows with their number. An item's key stays as it is
 * while the item is in.
 */
export class Sorted<Item extends Key, Key = Item> {
  readonly #compare: (a: Key, b: Key) => number;
  readonly #chunks: Item[][] = [[]];
  #size = 0;

  constructor(compare: (a: Key, b: Key) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  get first(): Item | undefined {
    return this.#chunks[0]![0];
  }

  /** Adds an item; there is none yet that compares as the same. */
  add(item: Item): void {
    const at = this.#chunkOf(item);
    const chunk = this.#chunks[at]!;
    chunk.splice(this.#lowerBound(chunk, item), 0, item);
    if (chunk.length > maxChunk) this.#chunks.splice(at + 1, 0, chunk.splice(maxChunk >>> 1));
    this.#size += 1;
  }

  delete(key: Key): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at]!;
    const index = this.#lowerBound(chunk, key);
    if (index === chunk.length || this.#compare(chunk[index]!, key) !== 0) return;
    chunk.splice(index, 1);
    this.#size -= 1;
    if (chunk.length < minChunk && this.#chunks.length > 1) this.#tidy(at);
  }

  /** How many items are below a key. */
  rank(key: Key): number {
    const at = this.#chunkOf(key);
    let below = this.#lowerBound(this.#chunks[at]!, key);
    for (let i = 0; i < at; i++) below += this.#chunks[i]!.length;
    return below;
  }

  /** The items from a key on, the key's own included. */
  *from(key: Key): Generator<Item> {
    let at = this.#chunkOf(key);
    let index = this.#lowerBound(this.#chunks[at]!, key);
    for (; at < this.#chunks.length; at++, index = 0) {
      const chunk = this.#chunks[at]!;
      for (; index < chunk.length; index++) yield chunk[index]!;
    }
  }

  /** Joins a short chunk with one beside it, where that is short too, and removes an empty one. */
  #tidy(at: number): void {
    for (const left of [at, at - 1]) {
      const [chunk, next] = [this.#chunks[left], this.#chunks[left + 1]];
      if (!chunk || !next) continue;
      const length = chunk.length + next.length;
      if (length > 2 * minChunk && chunk.length > 0 && next.length > 0) continue;
      this.#chunks.splice(left, 2, [...chunk, ...next]);
      return;
    }
  }

  // What is new is most often the last, and what is done was the first: the ends are looked at first.

  /** The last chunk that does not begin behind a key. */
  #chunkOf(key: Key): number {
    const last = this.#chunks.length - 1;
    if (last === 0 || this.#compare(this.#chunks[last]![0]!, key) <= 0) return last;
    let low = 0;
    let high = last - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#compare(this.#chunks[middle]![0]!, key) > 0) high = middle - 1;
      else low = middle;
    }
    return low;
  }

  /** The index of the first item that is not below a key. */
  #lowerBound(chunk: readonly Item[], key: Key): number {
    const last = chunk.length - 1;
    if (last < 0 || this.#compare(chunk[last]!, key) < 0) return last + 1;
    if (this.#compare(chunk[0]!, key) >= 0) return 0;
    let low = 1;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(chunk[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
