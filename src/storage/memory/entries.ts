import { isPast } from '../judge-entry.js';
import type { Micros, Value } from '../ports/common.js';
import { SortedIds } from './ids.js';

export interface MemoryEntry {
  readonly value: Value;
  readonly expireTime: Micros | undefined;
}

/** What an entry takes besides its key and value: the maps' and the index's places, the objects. */
const overhead = 256;

/** The entries of a cache, of bounded size: what was not used for longest leaves first. */
export class Entries {
  readonly #maxBytes: number;
  /** In the order of their last use. */
  readonly #byKey = new Map<string, MemoryEntry>();
  readonly #keys = new SortedIds();
  #bytes = 0;
  #hand: Iterator<[string, MemoryEntry]> | undefined;
  #toVisit = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What the entries take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The entry, unless it has expired, without a use of it. */
  peek(key: string, now: Micros): MemoryEntry | undefined {
    const entry = this.#byKey.get(key);
    return entry && !isPast(entry.expireTime, now) ? entry : undefined;
  }

  /** The entry, unless it has expired; it counts as used. */
  use(key: string, now: Micros): MemoryEntry | undefined {
    const entry = this.#byKey.get(key);
    if (!entry) return undefined;
    if (isPast(entry.expireTime, now)) {
      this.remove(key);
      return undefined;
    }
    this.#byKey.delete(key);
    this.#byKey.set(key, entry);
    return entry;
  }

  put(key: string, entry: MemoryEntry): void {
    const before = this.#byKey.get(key);
    if (before) {
      this.#bytes -= sizeOf(key, before);
      this.#byKey.delete(key);
    } else {
      this.#keys.add(key);
    }
    this.#byKey.set(key, entry);
    this.#bytes += sizeOf(key, entry);
    while (this.#bytes > this.#maxBytes) this.remove(this.#byKey.keys().next().value!);
  }

  remove(key: string): void {
    const entry = this.#byKey.get(key);
    if (!entry) return;
    this.#bytes -= sizeOf(key, entry);
    this.#byKey.delete(key);
    this.#keys.delete(key);
  }

  /** The keys of entries that have not expired, ascending by bytes, behind `after` and not below `start`. */
  *keysFrom(start: string, after: string, now: Micros): Generator<string> {
    for (const key of this.#keys.from(start)) if (key !== after && this.peek(key, now)) yield key;
  }

  /** Looks at the next entries, at most `limit`, and removes those that have expired. True until all were seen. */
  sweep(limit: number, now: Micros): boolean {
    if (!this.#hand) {
      this.#hand = this.#byKey.entries();
      this.#toVisit = this.#byKey.size;
    }
    for (let left = limit; left > 0; left--) {
      const { value, done } = this.#hand.next();
      if (done || this.#toVisit-- <= 0) {
        this.#hand = undefined;
        return false;
      }
      if (isPast(value[1].expireTime, now)) this.remove(value[0]);
    }
    return true;
  }
}

/** An upper bound: a text with a character beyond ASCII may take two bytes for each. */
function sizeOf(key: string, { value }: MemoryEntry): number {
  return overhead + 2 * textBytes(key) + (typeof value === 'string' ? textBytes(value) : value.byteLength);
}

function textBytes(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length : 2 * text.length;
}
