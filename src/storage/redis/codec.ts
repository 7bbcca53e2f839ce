import type {
  Conversation,
  ErasureEntry,
  LogEntry,
  NewEvent,
  RecordedEvent,
  SequenceRange,
} from '../ports/tracker.js';

/*
 * What the tracker's keys hold, as this side writes and reads it; lua/partition.ts has the other side. An event is a
 * line of JSON with all but its data, which follows to the letter.
 */

export function eventLine({ type, name, eventTime, metadata }: NewEvent): string {
  return `${JSON.stringify([type, name, eventTime ?? null, metadata])}\n`;
}

type Placed = Pick<
  RecordedEvent,
  'conversationId' | 'sequence' | 'partition' | 'position' | 'storeTime' | 'appendId'
>;

export function eventOf(text: string, placed: Placed): RecordedEvent {
  const lineEnd = text.indexOf('\n');
  const [type, name, eventTime, metadata] = JSON.parse(text.slice(0, lineEnd));
  return {
    conversationId: placed.conversationId,
    sequence: placed.sequence,
    partition: placed.partition,
    position: placed.position,
    type,
    name,
    eventTime: eventTime ?? placed.storeTime,
    storeTime: placed.storeTime,
    data: text.slice(lineEnd + 1),
    metadata,
    appendId: placed.appendId,
  };
}

export function conversationOf(conversationId: string, partition: number, head: string): Conversation {
  const [, life, , firstSequence, lastSequence, , createTime, updateTime, fence] = head.split(' ');
  return {
    conversationId,
    partition,
    life: Number(life),
    firstSequence: Number(firstSequence),
    lastSequence: Number(lastSequence),
    createTime: Number(createTime),
    updateTime: Number(updateTime),
    highestFence: fence === '-' ? undefined : Number(fence),
  };
}

/** Where an entry ends, its letter and line, and position and text of each event; in a run, its check and beginning. */
export type EntryReply = readonly [
  position: number,
  letter: string,
  line: string,
  ...events: (number | string)[],
];

export function entryOf([position, letter, line, ...events]: EntryReply, partition: number): LogEntry {
  if (letter === 'X') return erasureOf(position, line);
  if (letter === 'R') {
    return {
      kind: 'append',
      first: events[0] as number,
      position,
      check: line,
      conversationId: '',
      events: [],
    };
  }
  const [first, firstSequence, , , storeTime, , , , check, , appendId, conversationId] = JSON.parse(line);
  const shown: RecordedEvent[] = [];
  for (let i = 0; i < events.length; i += 2) {
    const at = events[i] as number;
    const sequence = firstSequence + at - first;
    const placed = { conversationId, sequence, partition, position: at, storeTime, appendId };
    shown.push(eventOf(events[i + 1] as string, placed));
  }
  return { kind: 'append', first, position, check, conversationId, events: shown };
}

function erasureOf(position: number, line: string): ErasureEntry {
  const [kind, , , , , check, , , conversationId] = JSON.parse(line);
  const deleted = kind !== 'redact' && kind !== 'truncate';
  return {
    kind: 'erasure',
    first: position,
    position,
    check,
    conversationId,
    ranges: rangesOf(line),
    deleted,
  };
}

/** What an erasure's line names; nothing where there is none. */
export function rangesOf(line: string): readonly SequenceRange[] {
  if (line === '') return [];
  const ranges = JSON.parse(line)[9] as readonly [number, number][];
  return ranges.map(([first, last]) => ({ first, last }));
}
