/** The longest chunk; an insertion moves at most that many ids. */
const maxChunk = 512;

/** Ids in the order of their UTF-8 bytes, in chunks so that an insertion's cost hardly grows with their number. */
export class SortedIds {
  readonly #chunks: string[][] = [[]];

  add(id: string): void {
    const at = this.#chunkOf(id);
    const chunk = this.#chunks[at]!;
    chunk.splice(lowerBound(chunk, id), 0, id);
    if (chunk.length > maxChunk) this.#chunks.splice(at + 1, 0, chunk.splice(maxChunk >>> 1));
  }

  delete(id: string): void {
    const at = this.#chunkOf(id);
    const chunk = this.#chunks[at]!;
    const index = lowerBound(chunk, id);
    if (chunk[index] !== id) return;
    chunk.splice(index, 1);
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
  }

  /** The ids from `start` on, `start` included. */
  *from(start: string): Generator<string> {
    let at = this.#chunkOf(start);
    let index = lowerBound(this.#chunks[at]!, start);
    for (; at < this.#chunks.length; at++, index = 0) {
      const chunk = this.#chunks[at]!;
      for (; index < chunk.length; index++) yield chunk[index]!;
    }
  }

  /** The last chunk that does not begin behind `id`. */
  #chunkOf(id: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareBytes(this.#chunks[middle]![0]!, id) > 0) high = middle - 1;
      else low = middle;
    }
    return low;
  }
}

/** The index of the first id that is not below `id`. */
function lowerBound(chunk: readonly string[], id: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(chunk[middle]!, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Compares as UTF-8 does; UTF-16, by which `<` goes, puts surrogates below U+E000 to U+FFFF. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
