import type { Prior, Standing } from '../judge.js';
import type { Micros } from '../ports/common.js';
import type { AppendResult, Boundary, Conversation, ErasureResult, RecordedEvent } from '../ports/tracker.js';

/** What is kept of a conversation across its lives. */
export interface ConversationRecord {
  readonly id: string;
  readonly partition: number;
  lastSequence: number;
  highestFence: number | undefined;
  /** The present life's name: the position of the last deletion, 0 before any. */
  lifeName: number;
  /** The position of the last entry that erased events, 0 before any. */
  lastErasure: number;
  /** Undefined where the present life has had no events. */
  life: Life | undefined;
  readonly erasures: Map<string, Prior<ErasureResult>>;
}

/** A conversation between two deletions, from its first event on. */
export interface Life {
  /** The sequence of `events[0]`. */
  readonly start: number;
  /** The lowest sequence that is not truncated away. */
  firstSequence: number;
  readonly createTime: Micros;
  updateTime: Micros;
  ended: boolean;
  /** By sequence; undefined where redacted, or erased and scrubbed. */
  readonly events: (RecordedEvent | undefined)[];
  /** The last sequence that began a session, 0 before any; an erased one counts. */
  readonly boundaries: { [boundary in Boundary]: number };
  readonly appends: Map<string, Prior<AppendResult>>;
}

export function newRecord(id: string, partition: number): ConversationRecord {
  return {
    id,
    partition,
    lastSequence: 0,
    highestFence: undefined,
    lifeName: 0,
    lastErasure: 0,
    life: undefined,
    erasures: new Map(),
  };
}

export function newLife(start: number, createTime: Micros): Life {
  return {
    start,
    firstSequence: start,
    createTime,
    updateTime: createTime,
    ended: false,
    events: [],
    boundaries: { action_session_start: 0, session_started: 0 },
    appends: new Map(),
  };
}

export function standingOf(record: ConversationRecord): Standing {
  return {
    lastSequence: record.lastSequence,
    exists: record.life !== undefined,
    highestFence: record.highestFence,
  };
}

/** What the port shows of a record whose present life has had events. */
export function conversationOf(record: ConversationRecord, life: Life): Conversation {
  return {
    conversationId: record.id,
    partition: record.partition,
    life: record.lifeName,
    firstSequence: life.firstSequence,
    lastSequence: record.lastSequence,
    createTime: life.createTime,
    updateTime: life.updateTime,
    highestFence: record.highestFence,
  };
}

/** The event of a sequence, undefined where it is erased. */
export function visibleEvent(life: Life, sequence: number): RecordedEvent | undefined {
  return life.ended || sequence < life.firstSequence ? undefined : life.events[sequence - life.start];
}
