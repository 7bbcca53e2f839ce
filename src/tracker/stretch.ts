import { setImmediate as turn } from 'node:timers/promises';
import type { ConversationPage, ReadRange, RecordedEvent, TrackerStore } from '../storage/ports/tracker.js';
import { eventBytes } from '../storage/size.js';

const page = { maxEvents: 500, maxBytes: 1 << 20 };

/** Part of a conversation: what its first page says of it, and all of its events, oldest first. */
export type Stretch = Omit<ConversationPage, 'next'>;

/** A stretch holds more than the reader may keep in memory. */
export class StretchTooLarge extends Error {
  readonly bytes: number;

  constructor(bytes: number) {
    super(`the stretch is larger than ${bytes} bytes`);
    this.bytes = bytes;
  }
}

/**
 * Reads a whole stretch, page by page, letting other calls in between. Its end is fixed by the first page, which is
 * read by `readFirst`, so that what is appended meanwhile stays out. `hold` hears of the bytes that come into memory, and may refuse them.
 */
export async function readStretch(
  store: TrackerStore,
  conversationId: string,
  range: Pick<ReadRange, 'start' | 'end' | 'known'>,
  readFirst: (range: ReadRange) => Promise<ConversationPage>,
  maxBytes: number,
  hold: (bytes: number) => void,
): Promise<Stretch> {
  const first = await readFirst({ ...range, order: 'oldest_first', ...page });
  const end = range.end ?? first.conversation?.lastSequence;
  const events = [...first.events];
  let bytes = sizeOf(first.events);
  hold(bytes);
  for (let next = first.next; ; ) {
    if (bytes > maxBytes) throw new StretchTooLarge(bytes);
    if (next === undefined) break;
    await turn();
    const more = await store.read(conversationId, { start: next, end, order: 'oldest_first', ...page });
    events.push(...more.events);
    const size = sizeOf(more.events);
    hold(size);
    bytes += size;
    next = more.next;
  }
  return { ...first, events };
}

/** The newest of some events that fit, oldest first. */
export function newestThatFit(
  events: readonly RecordedEvent[],
  limit: { readonly maxEvents: number; readonly maxBytes: number },
): readonly RecordedEvent[] {
  let bytes = 0;
  let from = events.length;
  while (from > 0 && events.length - from < limit.maxEvents) {
    bytes += eventBytes(events[from - 1]!);
    if (bytes > limit.maxBytes) break;
    from -= 1;
  }
  return events.slice(from);
}

/** What events hold in memory, about. */
export function sizeOf(events: readonly RecordedEvent[]): number {
  return events.reduce((sum, event) => sum + eventBytes(event), 0);
}
