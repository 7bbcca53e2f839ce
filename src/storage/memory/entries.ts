import { isPast } from '../judge-entry.js';
import type { Micros, Value } from '../ports/common.js';
import { SteadyMap } from '../steady-map.js';
import { storedBytes, textBytes } from './bytes.js';
import { SortedIds } from './ids.js';

export interface MemoryEntry {
  readonly value: Value;
  readonly expireTime: Micros | undefined;
}

/** An entry in the list of all, which is in the order of their last use. */
interface Listed {
  readonly key: string;
  entry: MemoryEntry;
  before: Listed | undefined;
  after: Listed | undefined;
}

/** What an entry takes besides its key and value: the map's, the list's and the index's places, the objects. */
const overhead = 256;

/** The entries of a cache, of bounded size: what was not used for longest leaves first. */
export class Entries {
  readonly #maxBytes: number;
  readonly #byKey = new SteadyMap<string, Listed>();
  readonly #keys = new SortedIds();
  /** Not used for longest. */
  #first: Listed | undefined;
  #last: Listed | undefined;
  #bytes = 0;
  #hand: Iterator<[string, Listed]> | undefined;
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
    const entry = this.#byKey.get(key)?.entry;
    return entry && !isPast(entry.expireTime, now) ? entry : undefined;
  }

  /** The entry, unless it has expired; it counts as used. */
  use(key: string, now: Micros): MemoryEntry | undefined {
    const listed = this.#byKey.get(key);
    if (!listed) return undefined;
    if (isPast(listed.entry.expireTime, now)) {
      this.remove(key);
      return undefined;
    }
    this.#unlink(listed);
    this.#link(listed);
    return listed.entry;
  }

  put(key: string, entry: MemoryEntry): void {
    let listed = this.#byKey.get(key);
    if (listed) {
      this.#bytes -= sizeOf(listed);
      this.#unlink(listed);
      listed.entry = entry;
    } else {
      listed = { key, entry, before: undefined, after: undefined };
      this.#byKey.set(key, listed);
      this.#keys.add(key);
    }
    this.#link(listed);
    this.#bytes += sizeOf(listed);
    while (this.#bytes > this.#maxBytes) this.remove(this.#first!.key);
  }

  remove(key: string): void {
    const listed = this.#byKey.get(key);
    if (!listed) return;
    this.#bytes -= sizeOf(listed);
    this.#byKey.delete(key);
    this.#keys.delete(key);
    this.#unlink(listed);
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
      if (isPast(value[1].entry.expireTime, now)) this.remove(value[0]);
    }
    return true;
  }

  /** Puts an entry at the list's end. */
  #link(listed: Listed): void {
    listed.before = this.#last;
    if (this.#last) this.#last.after = listed;
    else this.#first = listed;
    this.#last = listed;
  }

  #unlink(listed: Listed): void {
    const { before, after } = listed;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
    listed.before = undefined;
    listed.after = undefined;
  }
}

function sizeOf({ key, entry }: Listed): number {
  return overhead + 2 * textBytes(key) + storedBytes(entry.value);
}
