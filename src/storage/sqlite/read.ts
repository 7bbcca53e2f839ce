import { emptyPage, firstToRead } from '../known.js';
import type { Boundary, Conversation, ConversationPage, ReadRange, RecordedEvent } from '../ports/tracker.js';
import { eventBytes } from '../size.js';
import { type Database, prepareAll } from './connection.js';
import type { LogReader } from './log.js';
import { positionOf } from './place.js';
import { type Column, fromColumn } from './text.js';

interface ConversationRow {
  readonly num: number;
  readonly conversation: Conversation;
  readonly lastErasure: number;
}

const columns = `num, id, partition, life, first_sequence, last_sequence, create_time, update_time, fence,
  last_erasure`;

/** What an event is read from; rows come as arrays because objects cost the driver twice the time. */
export const eventColumns = `events.place, event_time, type, name, metadata, data, store_time, append_id,
  first_sequence + events.place - first_place`;

export type EventRow = readonly [
  place: number,
  eventTime: number,
  type: Column,
  name: Column,
  metadata: Column,
  data: Column,
  storeTime: number,
  appendId: string,
  sequence: number,
];

/** The events of ?1 from sequence ?2 to ?3, entry by entry: those of other sequences are not touched. */
const events = (order: 'ASC' | 'DESC') => `
  SELECT ${eventColumns}
  FROM log CROSS JOIN events ON events.place
    BETWEEN max(first_place, first_place + ?2 - first_sequence) AND min(log.place, first_place + ?3 - first_sequence)
  WHERE conversation = ?1 AND first_sequence <= ?3 AND first_sequence >=
    (SELECT max(first_sequence) FROM log WHERE conversation = ?1 AND first_sequence <= ?2)
  ORDER BY first_sequence ${order}, events.place ${order}`;

const sql = {
  find: `SELECT ${columns} FROM conversations WHERE id = ? AND present = 1`,
  list: `SELECT ${columns} FROM conversations WHERE present = 1 AND id >= ? AND id > ? ORDER BY id LIMIT ?`,
  sessionStart:
    'SELECT max(sequence) AS sequence FROM session_starts WHERE conversation = ? AND boundary = ?',
  oldestFirst: events('ASC'),
  newestFirst: events('DESC'),
} as const;

/** Reads of conversations, within a snapshot of the caller's. */
export function conversationReader(database: Database, log: Pick<LogReader, 'momentOf' | 'stillHolds'>) {
  const statements = prepareAll(database, sql);
  statements.oldestFirst.setReturnArrays(true);
  statements.newestFirst.setReturnArrays(true);

  function find(conversationId: string): ConversationRow | undefined {
    const row = statements.find.get(conversationId);
    return row && { num: row.num, conversation: conversationOf(row), lastErasure: row.last_erasure };
  }

  /** Where the current session begins; one that began with an erased event too. */
  function sessionStart({ num, conversation }: ConversationRow, boundary: Boundary): number {
    const sequence: number | null = statements.sessionStart.get(num, boundary).sequence;
    return Math.max(sequence ?? 0, conversation.firstSequence);
  }

  function page(row: ConversationRow, start: number, end: number, range: ReadRange) {
    const statement = range.order === 'oldest_first' ? statements.oldestFirst : statements.newestFirst;
    const found: RecordedEvent[] = [];
    let bytes = 0;
    for (const eventRow of start <= end
      ? (statement.iterate(row.num, start, end) as Iterable<EventRow>)
      : []) {
      const event = eventOf(eventRow, row.conversation);
      bytes += eventBytes(event);
      const isFull = found.length >= range.maxEvents || bytes > range.maxBytes;
      if (isFull && found.length > 0) return { events: found, next: event.sequence };
      found.push(event);
    }
    return { events: found, next: undefined };
  }

  return {
    read(conversationId: string, range: ReadRange): ConversationPage {
      const row = find(conversationId);
      if (!row) return emptyPage;
      const { conversation, lastErasure } = row;
      const { partition } = conversation;
      const { known } = range;
      const asked = typeof range.start === 'number' ? range.start : sessionStart(row, range.start.session);
      const start = Math.max(asked, conversation.firstSequence);
      const end = Math.min(range.end ?? conversation.lastSequence, conversation.lastSequence);
      const continued = known !== undefined && log.stillHolds(known, { partition, lastErasure });
      const first = firstToRead(start, continued, known);
      return {
        conversation,
        start,
        moment: log.momentOf(partition),
        continued,
        ...page(row, first, end, range),
      };
    },
    conversation: (conversationId: string): Conversation | undefined => find(conversationId)?.conversation,
    list(prefix: string, after: string, limit: number): readonly Conversation[] {
      const found = statements.list.all(prefix, after, limit).map(conversationOf);
      const end = found.findIndex(({ conversationId }) => !conversationId.startsWith(prefix));
      return end < 0 ? found : found.slice(0, end);
    },
  };
}

/** An event of a conversation from a row of `eventColumns`. */
export function eventOf(
  row: EventRow,
  { conversationId, partition }: Pick<RecordedEvent, 'conversationId' | 'partition'>,
): RecordedEvent {
  const [place, eventTime, type, name, metadata, data, storeTime, appendId, sequence] = row;
  return {
    conversationId,
    sequence,
    partition,
    position: positionOf(place),
    type: fromColumn(type),
    name: fromColumn(name),
    eventTime,
    storeTime,
    data: fromColumn(data),
    metadata: fromColumn(metadata),
    appendId,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a row of the driver's.
function conversationOf(row: any): Conversation {
  return {
    conversationId: row.id,
    partition: row.partition,
    life: row.life,
    firstSequence: row.first_sequence,
    lastSequence: row.last_sequence,
    createTime: row.create_time,
    updateTime: row.update_time,
    highestFence: row.fence ?? undefined,
  };
}
