import type { LogEntry, Place } from '../storage/ports/tracker.js';
import { type EventFilter, matchesConversation, matchesEntry } from './filter.js';

/** A subscriber's place in one partition, which the tailer moves for it while nothing matches. */
export interface Rider {
  readonly filter: EventFilter;
  /** Names the filter: riders of one name are asked once. */
  readonly filterHash: string;
  place: Place;
  /** Called when a matching entry came, or when the tailer lets go of the rider. */
  wake(): void;
}

interface Group {
  readonly filter: EventFilter;
  readonly riders: Set<Rider>;
}

/**
 * The riders at a log's live end. An entry costs a look-up by its conversation and a test per distinct filter
 * that names no conversations, whatever the number of subscribers it does not concern.
 */
export class Riders {
  readonly #groups = new Map<string, Group>();
  readonly #byConversation = new Map<string, Set<Group>>();
  readonly #general = new Set<Group>();

  has(rider: Rider): boolean {
    return this.#groups.get(rider.filterHash)?.riders.has(rider) ?? false;
  }

  add(rider: Rider): void {
    let group = this.#groups.get(rider.filterHash);
    if (!group) {
      group = { filter: rider.filter, riders: new Set() };
      this.#groups.set(rider.filterHash, group);
      this.#index(group);
    }
    group.riders.add(rider);
  }

  delete(rider: Rider): void {
    const group = this.#groups.get(rider.filterHash);
    if (!group?.riders.delete(rider) || group.riders.size > 0) return;
    this.#drop(rider.filterHash, group);
  }

  /** Lets the riders off whom an entry concerns, at the place before it, and wakes them. */
  dispatch(entry: LogEntry, before: Place): void {
    for (const group of this.#candidates(entry)) {
      if (matchesEntry(group.filter, entry)) this.#letOff(group, entry, before);
    }
  }

  /** Lets every rider off, at the log's end as they know it. */
  clear(end: Place): void {
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    this.#byConversation.clear();
    this.#general.clear();
    for (const rider of groups.flatMap((group) => [...group.riders])) {
      if (rider.place.position < end.position) rider.place = { position: end.position, check: end.check };
      rider.wake();
    }
  }

  #letOff(group: Group, entry: LogEntry, before: Place): void {
    for (const rider of group.riders) {
      // A rider that read ahead of the tailer has seen this entry.
      if (rider.place.position >= entry.position) continue;
      if (rider.place.position < before.position) rider.place = before;
      this.delete(rider);
      rider.wake();
    }
  }

  *#candidates(entry: LogEntry): Generator<Group> {
    yield* this.#byConversation.get(entry.conversationId) ?? [];
    yield* this.#general;
  }

  #index(group: Group): void {
    if (group.filter.conversationIds.size === 0) {
      this.#general.add(group);
      return;
    }
    for (const id of group.filter.conversationIds) {
      if (!matchesConversation(group.filter, id)) continue;
      const groups = this.#byConversation.get(id) ?? new Set();
      this.#byConversation.set(id, groups.add(group));
    }
  }

  #drop(hash: string, group: Group): void {
    this.#groups.delete(hash);
    this.#general.delete(group);
    for (const id of group.filter.conversationIds) {
      const groups = this.#byConversation.get(id);
      if (groups?.delete(group) && groups.size === 0) this.#byConversation.delete(id);
    }
  }
}
