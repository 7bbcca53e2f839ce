import { boundaryOf } from '../boundary.js';
import { isStale, judgeAppend } from '../judge.js';
import { partitionOf } from '../partition.js';
import type { Micros } from '../ports/common.js';
import type { AppendOutcome, AppendResult, FenceOutcome, NewAppend } from '../ports/tracker.js';
import { type ConversationRecord, type Life, newLife, newRecord, standingOf } from './conversation.js';
import { noteAppend } from './expire.js';
import { pushAppend, tick } from './log.js';
import { logOf, recordOf, type State } from './state.js';

/** Stores an append, or tells why not; a refusal leaves nothing behind. */
export function append(state: State, append: NewAppend): AppendOutcome {
  const { conversationId } = append;
  const record =
    state.records.get(conversationId) ??
    newRecord(conversationId, partitionOf(conversationId, state.logs.length));
  const judged = judgeAppend(append, standingOf(record), record.life?.appends.get(append.appendId));
  if (judged) return judged;
  state.records.set(conversationId, record);
  return { status: 'stored', result: store(state, record, append) };
}

/** Makes a fence the lowest accepted. */
export function raiseFence(state: State, conversationId: string, fence: number): FenceOutcome {
  const record = recordOf(state, conversationId);
  if (isStale(fence, record)) return { status: 'fence_stale', highestFence: record.highestFence! };
  record.highestFence = fence;
  if (record.lastSequence === 0) {
    state.fencedOnly.delete(conversationId);
    state.fencedOnly.set(conversationId, Date.now() * 1000);
  }
  return { status: 'accepted' };
}

function store(state: State, record: ConversationRecord, append: NewAppend): AppendResult {
  const log = logOf(state, record);
  const storeTime = tick(log);
  const life = livingAt(state, record, storeTime);
  const count = append.events.length;
  const result: AppendResult = {
    partition: record.partition,
    firstPosition: log.end.position + 1,
    lastPosition: log.end.position + count,
    firstSequence: record.lastSequence + 1,
    lastSequence: record.lastSequence + count,
    storeTime,
    durability: 'volatile',
  };
  addEvents(life, append, result);
  life.updateTime = storeTime;
  noteAppend(state, record.id, storeTime);
  life.appends.set(append.appendId, { digest: append.digest, result });
  record.lastSequence = result.lastSequence;
  record.highestFence = append.fence ?? record.highestFence;
  pushAppend(log, append, life, result);
  return result;
}

function livingAt(state: State, record: ConversationRecord, time: Micros): Life {
  if (!record.life) {
    record.life = newLife(record.lastSequence + 1, time);
    state.living.add(record.id);
    state.fencedOnly.delete(record.id);
  }
  return record.life;
}

function addEvents(life: Life, append: NewAppend, result: AppendResult): void {
  const { partition, firstPosition, firstSequence, storeTime } = result;
  for (let i = 0; i < append.events.length; i++) {
    const event = append.events[i]!;
    life.events.push({
      conversationId: append.conversationId,
      sequence: firstSequence + i,
      partition,
      position: firstPosition + i,
      type: event.type,
      name: event.name,
      eventTime: event.eventTime ?? storeTime,
      storeTime,
      data: event.data,
      metadata: event.metadata,
      appendId: append.appendId,
    });
    const boundary = boundaryOf(event);
    if (boundary) life.boundaries[boundary] = firstSequence + i;
  }
}
