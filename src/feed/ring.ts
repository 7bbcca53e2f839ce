import type { Micros } from '../storage/ports/common.js';
import type { AppendEntry, LogEntry, Place } from '../storage/ports/tracker.js';
import { entryBytes } from '../storage/size.js';

interface Slot {
  entry: LogEntry;
  readonly bytes: number;
  /** Of an entry that shows no event, about: it is of the log's end. */
  readonly storeTime: Micros;
}

/** The log's newest entries, dense, within a bound of bytes; the newest entry is kept whatever its size. */
export class Ring {
  #slots: (Slot | undefined)[] = [];
  /** Slots before it were evicted and await compaction. */
  #head = 0;
  #bytes = 0;
  #start: Place;
  readonly #maxBytes: number;

  constructor(start: Place, maxBytes: number) {
    this.#start = start;
    this.#maxBytes = maxBytes;
  }

  /** The place behind the newest entry. */
  get end(): Place {
    return this.#slots.at(-1)?.entry ?? this.#start;
  }

  push(entry: LogEntry): void {
    const bytes = entryBytes(entry);
    this.#slots.push({ entry, bytes, storeTime: storeTimeOf(entry) ?? Date.now() * 1_000 });
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes && this.#slots.length - this.#head > 1) this.#evict();
  }

  /** Whether the entries behind a position are all here. */
  covers(position: number): boolean {
    return position >= this.#start.position && position <= this.end.position;
  }

  /** The check at a covered position, undefined where no entry ends there. */
  checkAt(position: number): string | undefined {
    if (position === this.#start.position) return this.#start.check;
    const entry = this.#slots[this.#indexBehind(position) - 1]?.entry;
    return entry?.position === position ? entry.check : undefined;
  }

  /** The entries behind a covered position, oldest first. */
  *entriesBehind(position: number): Generator<LogEntry> {
    for (let i = this.#indexBehind(position); i < this.#slots.length; i++) yield this.#slots[i]!.entry;
  }

  /** Drops the entries that were stored before a time; false where there are none. */
  dropUntil(time: Micros): boolean {
    let dropped = false;
    for (; (this.#slots[this.#head]?.storeTime ?? time) < time; dropped = true) this.#evict();
    return dropped;
  }

  /** Drops events that were erased; their entries stay. */
  erase(conversationId: string, isErased: (sequence: number) => boolean): void {
    for (let i = this.#head; i < this.#slots.length; i++) {
      const slot = this.#slots[i]!;
      if (slot.entry.kind !== 'append' || slot.entry.conversationId !== conversationId) continue;
      slot.entry = withoutErased(slot.entry, isErased);
    }
  }

  #evict(): void {
    const slot = this.#slots[this.#head]!;
    this.#start = { position: slot.entry.position, check: slot.entry.check };
    this.#slots[this.#head] = undefined;
    this.#bytes -= slot.bytes;
    this.#head += 1;
    if (this.#head > 64 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The index of the first slot whose entry ends behind a position. */
  #indexBehind(position: number): number {
    let low = this.#head;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#slots[middle]!.entry.position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function storeTimeOf(entry: LogEntry): Micros | undefined {
  return entry.kind === 'append' ? entry.events[0]?.storeTime : undefined;
}

function withoutErased(entry: AppendEntry, isErased: (sequence: number) => boolean): AppendEntry {
  return { ...entry, events: entry.events.filter((event) => !isErased(event.sequence)) };
}
