import type { ErasureEntry, LogEntry, Place, RecordedEvent } from '../storage/ports/tracker.js';
import { eventBytes } from '../storage/size.js';
import { type EventFilter, matchesConversation, matchingEvents } from './filter.js';

/** What a subscriber is shown next, if anything, and where it stands then. */
export interface Step {
  readonly events: readonly RecordedEvent[];
  readonly erasure: ErasureEntry | undefined;
  readonly place: Place;
}

export interface StepLimit {
  /** A batch ends behind the append with which it has that many events. */
  readonly maxEvents: number;
  /** A batch ends before the append that would make it larger; the first append is taken whatever its size. */
  readonly maxBytes: number;
}

/**
 * Goes along entries to the first thing to show: a batch of matching events, whole appends, or one erasure.
 * Entries that show nothing are passed.
 */
export function takeStep(
  entries: Iterable<LogEntry>,
  start: Place,
  filter: EventFilter,
  limit: StepLimit,
): Step {
  const events: RecordedEvent[] = [];
  let bytes = 0;
  let last: Place = start;
  for (const entry of entries) {
    if (entry.kind === 'erasure' && matchesConversation(filter, entry.conversationId)) {
      return events.length > 0 ? step(events, last) : step(events, entry, entry);
    }
    const matching = matchingEvents(filter, entry);
    bytes += matching.reduce((sum, event) => sum + eventBytes(event), 0);
    if (events.length > 0 && bytes > limit.maxBytes) break;
    events.push(...matching);
    last = entry;
    if (events.length >= limit.maxEvents) break;
  }
  return step(events, last);
}

function step(events: readonly RecordedEvent[], place: Place, erasure?: ErasureEntry): Step {
  return { events, erasure, place: { position: place.position, check: place.check } };
}
