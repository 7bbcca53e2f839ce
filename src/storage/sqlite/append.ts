import { boundaryOf } from '../boundary.js';
import { judgeAppend, type Prior } from '../judge.js';
import { partitionOf } from '../partition.js';
import type { AppendOutcome, AppendResult, NewAppend } from '../ports/tracker.js';
import { type Database, prepareAll } from './connection.js';
import type { Heads, Slot } from './heads.js';
import { placeOf, positionOf } from './place.js';
import { toColumn } from './text.js';

interface ConversationRow {
  readonly num: number;
  readonly life: number;
  readonly present: number;
  readonly last_sequence: number;
  readonly fence: number | null;
}

/** What an append meets: its conversation, and what its id was used for there. */
interface Found {
  readonly row: ConversationRow;
  readonly prior: Prior<AppendResult> | undefined;
}

const sql = {
  find: `SELECT num, conversations.life, present, last_sequence, fence,
      place, first_place, log.first_sequence, digest, store_time
    FROM conversations LEFT JOIN log ON conversation = num AND log.life = conversations.life AND append_id = ?2
    WHERE id = ?1`,
  create: 'INSERT INTO conversations (id, partition) VALUES (?, ?)',
  begin: `UPDATE conversations SET present = 1, fence_time = NULL, create_time = ?, update_time = ?,
    last_sequence = ?, fence = ? WHERE num = ?`,
  advance: 'UPDATE conversations SET update_time = ?, last_sequence = ?, fence = ? WHERE num = ?',
  addEntry: `INSERT INTO log (place, first_place, conversation, life, "check", store_time, first_sequence,
    append_id, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  addEvent: 'INSERT INTO events (place, event_time, type, name, metadata, data) VALUES (?, ?, ?, ?, ?, ?)',
  addSessionStart: 'INSERT INTO session_starts (conversation, boundary, sequence) VALUES (?, ?, ?)',
} as const;

/**
 * Stores an append, or tells why not, within a transaction of the caller's. Its cost is a few look-ups by key
 * and an insertion per event, whatever came before.
 */
export function appender(database: Database, heads: Heads, partitions: number) {
  const statements = prepareAll(database, sql);
  statements.find.setReturnArrays(true);

  function find(partition: number, { conversationId, appendId }: NewAppend): Found | undefined {
    const found = statements.find.get(conversationId, appendId);
    if (!found) return undefined;
    const [num, life, present, last_sequence, fence, place, firstPlace, firstSequence, digest, storeTime] =
      found;
    const row = { num, life, present, last_sequence, fence };
    if (place === null) return { row, prior: undefined };
    const slot = { first: positionOf(firstPlace), position: positionOf(place), storeTime };
    return { row, prior: { digest, result: resultOf(partition, slot, firstSequence) } };
  }

  function write(append: NewAppend, row: ConversationRow, partition: number, slot: Slot): AppendResult {
    const { first, position, check, storeTime } = slot;
    const { num } = row;
    const result = resultOf(partition, slot, row.last_sequence + 1);
    const places = [placeOf(partition, position), placeOf(partition, first)] as const;
    const { firstSequence, lastSequence } = result;
    statements.addEntry.run(
      ...places,
      num,
      row.life,
      check,
      storeTime,
      firstSequence,
      append.appendId,
      append.digest,
    );
    addEvents(append, num, places[1], result);
    const fence = append.fence ?? row.fence;
    if (row.present) statements.advance.run(storeTime, lastSequence, fence, num);
    else statements.begin.run(storeTime, storeTime, lastSequence, fence, num);
    return result;
  }

  function addEvents(append: NewAppend, num: number, place: number, result: AppendResult): void {
    let index = 0;
    for (const event of append.events) {
      const { eventTime = result.storeTime, type, name, metadata, data } = event;
      const columns = [toColumn(type), toColumn(name), toColumn(metadata), toColumn(data)];
      statements.addEvent.run(place + index, eventTime, ...columns);
      const boundary = boundaryOf(event);
      if (boundary) statements.addSessionStart.run(num, boundary, result.firstSequence + index);
      index += 1;
    }
  }

  function create(conversationId: string, partition: number): ConversationRow {
    const { lastInsertRowid } = statements.create.run(conversationId, partition);
    return { num: Number(lastInsertRowid), ...unknown };
  }

  return (append: NewAppend): AppendOutcome => {
    const { conversationId, appendId, digest } = append;
    const partition = partitionOf(conversationId, partitions);
    const found = find(partition, append);
    const refused = judgeAppend(append, standingOf(found?.row ?? unknown), found?.prior);
    if (refused) return refused;
    const named = ['append', conversationId, appendId, digest];
    const slot = heads.take(partition, append.events.length, named);
    return {
      status: 'stored',
      result: write(append, found?.row ?? create(conversationId, partition), partition, slot),
    };
  };
}

const unknown = { life: 0, present: 0, last_sequence: 0, fence: null } as const;

function standingOf(row: Omit<ConversationRow, 'num'>) {
  return {
    lastSequence: row.last_sequence,
    exists: row.present === 1,
    highestFence: row.fence ?? undefined,
  };
}

function resultOf(
  partition: number,
  slot: Pick<Slot, 'first' | 'position' | 'storeTime'>,
  firstSequence: number,
): AppendResult {
  return {
    partition,
    firstPosition: slot.first,
    lastPosition: slot.position,
    firstSequence,
    lastSequence: firstSequence + slot.position - slot.first,
    storeTime: slot.storeTime,
    durability: 'persisted',
  };
}
