import { createHash } from 'node:crypto';

const maxEvents = 100;
const maxBytes = 512 * 1024;

/** Where the chunk ends that begins at `start`: at most 100 events and 512 KiB, but one event at least. */
export function chunkEnd(events: readonly { readonly bytes: number }[], start: number): number {
  let bytes = events[start]?.bytes ?? 0;
  let end = start + 1;
  while (end < events.length && end - start < maxEvents && bytes + events[end]!.bytes <= maxBytes) {
    bytes += events[end++]!.bytes;
  }
  return Math.min(end, events.length);
}

/**
 * The append id of the chunk that begins at `start`, within its conversation. It depends on how the conversation
 * begins and where the chunk does, not on what is in the chunk: so it is the same when more events follow later.
 */
export function appendIdOf(firstEvent: string, start: number): string {
  const hash = createHash('sha256').update(firstEvent).digest('base64url').slice(0, 22);
  return `dump-${hash}-${start}`;
}
