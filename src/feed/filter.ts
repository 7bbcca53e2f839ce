import { hashParts } from '../storage/check.js';
import { partitionOf } from '../storage/partition.js';
import type { LogEntry, RecordedEvent } from '../storage/ports/tracker.js';

/** Which events a subscriber wants: those that fit every part; an empty part fits all. */
export interface EventFilter {
  readonly conversationIds: ReadonlySet<string>;
  readonly conversationIdPrefix: string;
  readonly types: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/** Names a filter: equal for equal filters, whatever order their values were given in. */
export function filterHash(filter: EventFilter): string {
  const lists = [filter.conversationIds, filter.types, filter.names].map((set) => [...set].sort());
  return hashParts([
    filter.conversationIdPrefix,
    ...lists.flatMap((list) => [`${list.length}`, ...list]),
  ]).slice(0, 11);
}

/** The partitions in which events can match. */
export function partitionsOf(filter: EventFilter, partitions: number): readonly number[] {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  if (filter.conversationIds.size === 0) return all;
  const named = new Set([...filter.conversationIds].map((id) => partitionOf(id, partitions)));
  return all.filter((partition) => named.has(partition));
}

/** Whether an entry shows something: an event that matches, or an erasure in a conversation that does. */
export function matchesEntry(filter: EventFilter, entry: LogEntry): boolean {
  if (!matchesConversation(filter, entry.conversationId)) return false;
  return entry.kind === 'erasure' || entry.events.some((event) => matchesKind(filter, event));
}

/** The events of an entry that match; the entry's own array where all do. */
export function matchingEvents(filter: EventFilter, entry: LogEntry): readonly RecordedEvent[] {
  if (entry.kind !== 'append' || !matchesConversation(filter, entry.conversationId)) return [];
  if (filter.types.size === 0 && filter.names.size === 0) return entry.events;
  return entry.events.filter((event) => matchesKind(filter, event));
}

/** Whether a conversation's id matches. */
export function matchesConversation(filter: EventFilter, conversationId: string): boolean {
  if (filter.conversationIds.size > 0 && !filter.conversationIds.has(conversationId)) return false;
  return conversationId.startsWith(filter.conversationIdPrefix);
}

/** Whether an event's type and name match. */
export function matchesKind(
  filter: Pick<EventFilter, 'types' | 'names'>,
  event: Pick<RecordedEvent, 'type' | 'name'>,
): boolean {
  if (filter.types.size > 0 && !filter.types.has(event.type)) return false;
  return filter.names.size === 0 || filter.names.has(event.name);
}
