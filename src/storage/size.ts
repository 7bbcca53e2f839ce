import type { LogEntry, RecordedEvent } from './ports/tracker.js';

/** What an event takes at most besides its texts: tags, lengths, numbers and times. */
const overhead = 96;

/** An upper bound of an event's size on the wire, and a fair one of its size in memory. */
export function eventBytes(event: RecordedEvent): number {
  return (
    overhead +
    Buffer.byteLength(event.data) +
    Buffer.byteLength(event.conversationId) +
    Buffer.byteLength(event.appendId) +
    Buffer.byteLength(event.type) +
    Buffer.byteLength(event.name) +
    Buffer.byteLength(event.metadata)
  );
}

export function entryBytes(entry: LogEntry): number {
  if (entry.kind === 'erasure') return overhead + 16 * entry.ranges.length;
  return entry.events.reduce((sum, event) => sum + eventBytes(event), overhead);
}
