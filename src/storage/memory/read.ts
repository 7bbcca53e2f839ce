import { emptyPage, firstToRead, stillHolds } from '../known.js';
import type { Conversation, ConversationPage, ReadRange, RecordedEvent } from '../ports/tracker.js';
import { eventBytes } from '../size.js';
import { type ConversationRecord, conversationOf, type Life, visibleEvent } from './conversation.js';
import { checkAt } from './log.js';
import { logOf, type State } from './state.js';

/** Reads a page of a conversation. */
export function read(state: State, conversationId: string, range: ReadRange): ConversationPage {
  const record = state.records.get(conversationId);
  const life = record?.life;
  if (!record || !life) return emptyPage;
  const asked = typeof range.start === 'number' ? range.start : life.boundaries[range.start.session];
  const start = Math.max(asked, life.firstSequence);
  const log = logOf(state, record);
  const { epoch } = state;
  const past = {
    epoch,
    lastErasure: record.lastErasure,
    checkAt: (position: number) => checkAt(log, position),
  };
  const continued = range.known !== undefined && stillHolds(range.known, past);
  return {
    conversation: conversationOf(record, life),
    start,
    moment: { epoch, place: log.end },
    continued,
    ...page(record, life, firstToRead(start, continued, range.known), range),
  };
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
