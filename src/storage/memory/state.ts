import { partitionOf } from '../partition.js';
import type { Micros } from '../ports/common.js';
import { type ConversationRecord, type Life, newRecord } from './conversation.js';
import { SortedIds } from './ids.js';
import { type Log, newLog } from './log.js';

/** Erased events of a life whose content is still there: `next` up to, without, `end`, by index. */
export interface Leftover {
  readonly life: Life;
  next: number;
  readonly end: number;
}

/** All that a store holds. */
export interface State {
  readonly epoch: string;
  readonly logs: readonly Log[];
  readonly records: Map<string, ConversationRecord>;
  /** The conversations with events in their present life. */
  readonly living: SortedIds;
  /** Conversations that had nothing but fences, by the time of the last, oldest first. */
  readonly fencedOnly: Map<string, number>;
  readonly leftovers: Leftover[];
  /** After which time without a further append a conversation ends; undefined for never. */
  readonly retention: Micros | undefined;
  /** The living conversations by the time of their last append, oldest first; empty where they are kept for good. */
  readonly appended: Map<string, Micros>;
}

export function newState(epoch: string, partitions: number, retention: Micros | undefined): State {
  return {
    epoch,
    logs: Array.from({ length: partitions }, newLog),
    records: new Map(),
    living: new SortedIds(),
    fencedOnly: new Map(),
    leftovers: [],
    retention,
    appended: new Map(),
  };
}

/** The conversation's record, made where there is none. */
export function recordOf(state: State, id: string): ConversationRecord {
  let record = state.records.get(id);
  if (!record) {
    record = newRecord(id, partitionOf(id, state.logs.length));
    state.records.set(id, record);
  }
  return record;
}

export function logOf(state: State, record: ConversationRecord): Log {
  return state.logs[record.partition]!;
}
