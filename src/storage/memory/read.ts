import type { Conversation, ConversationPage, ReadRange, RecordedEvent } from '../ports/tracker.js';
import { eventBytes } from '../size.js';
import { type ConversationRecord, conversationOf, type Life, visibleEvent } from './conversation.js';
import type { State } from './state.js';

/** Reads a page of a conversation. */
export function read(state: State, conversationId: string, range: ReadRange): ConversationPage {
  const record = state.records.get(conversationId);
  const life = record?.life;
  if (!record || !life) return { conversation: undefined, start: 0, events: [], next: undefined };
  const asked = typeof range.start === 'number' ? range.start : life.boundaries[range.start.session];
  const start = Math.max(asked, life.firstSequence);
  return { conversation: conversationOf(record, life), start, ...page(record, life, start, range) };
}

export function conversation(state: State, conversationId: string): Conversation | undefined {
  const record = state.records.get(conversationId);
  return record?.life && conversationOf(record, record.life);
}

export function listConversations(
  state: State,
  prefix: string,
  after: string,
  limit: number,
): readonly Conversation[] {
  const found: Conversation[] = [];
  for (const id of state.living.from(after.startsWith(prefix) ? after : prefix)) {
    if (found.length >= limit || !id.startsWith(prefix)) break;
    if (id !== after) found.push(conversation(state, id)!);
  }
  return found;
}

function page(
  record: ConversationRecord,
  life: Life,
  start: number,
  range: ReadRange,
): Pick<ConversationPage, 'events' | 'next'> {
  const end = Math.min(range.end ?? record.lastSequence, record.lastSequence);
  const [first, step] = range.order === 'oldest_first' ? [start, 1] : [end, -1];
  const events: RecordedEvent[] = [];
  let bytes = 0;
  for (let sequence = first; sequence >= start && sequence <= end; sequence += step) {
    const event = visibleEvent(life, sequence);
    if (!event) continue;
    bytes += eventBytes(event);
    const full = events.length >= range.maxEvents || bytes > range.maxBytes;
    if (full && events.length > 0) return { events, next: sequence };
    events.push(event);
  }
  return { events, next: undefined };
}
