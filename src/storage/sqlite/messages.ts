import type { MessageChange } from '../judge-queue.js';
import type { Micros, Value } from '../ports/common.js';
import type { Message } from '../ports/queue.js';
import { valueBytes } from '../value.js';
import { type Database, prepareAll } from './connection.js';
import type { Dedups } from './dedups.js';
import { Earliest } from './earliest.js';
import type { Groups } from './groups.js';
import { type MessageRow, messageColumns, messageRow } from './message-row.js';
import { type Places, type State, state } from './places.js';
import type { Queue, Queues } from './queues.js';

/** A message where it stands, without its value. */
export interface Standing {
  readonly queue: Queue;
  readonly state: State;
  readonly row: MessageRow;
  /** The claim that is under way, in flight. */
  readonly claim: number | null;
}

/** A message that can be claimed. */
export interface Claimable extends Standing {
  /** The value's size. */
  readonly bytes: number;
  readonly value: Value | undefined;
}

/** What messages are made of. */
export interface MessageParts {
  readonly queues: Queues;
  readonly places: Places;
  readonly groups: Groups;
  readonly dedups: Dedups;
}

const joined = 'FROM places JOIN messages ON num = places.message';

// `+?` where a state is given: a bare one is weighed against the partial index, for which SQLite plans anew each time.
const sql = {
  firstClaimable: `SELECT ${messageColumns}, claim, bytes, CASE WHEN bytes <= ?2 THEN value END ${joined}
    WHERE queue = ?1 AND state = 0 ORDER BY place LIMIT 1`,
  at: `SELECT ${messageColumns}, claim ${joined} WHERE queue = ? AND state = +? AND place = ?`,
  placesBehind:
    'SELECT place FROM places WHERE queue = ? AND state = +? AND place > ? ORDER BY place LIMIT ?',
  nextDue: 'SELECT queue, place FROM places WHERE state = 2 ORDER BY ready_time LIMIT 1',
  nextDueTime: 'SELECT min(ready_time) FROM places WHERE state = 2',
  parkedPlace: 'SELECT place FROM parked_messages WHERE message_id = ? AND queue = ?',
  add: `INSERT INTO messages (message_id, group_id, dedup_id, push_time, max_attempts, bytes, value)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  remove: 'DELETE FROM messages WHERE num = ?',
  park: 'INSERT INTO parked_messages (message_id, queue, place) VALUES (?, ?, ?)',
  unpark: 'DELETE FROM parked_messages WHERE message_id = ?',
} as const;

/** The messages with all that depends on how they stand, within a transaction of the caller's. */
export class Messages {
  readonly #statements;
  readonly #parts: MessageParts;
  /** When a delayed message is due. */
  readonly nextDue: Earliest;

  constructor(database: Database, parts: MessageParts) {
    const statements = prepareAll(database, sql);
    for (const statement of Object.values(statements)) statement.setReturnArrays(true);
    this.#statements = statements;
    this.#parts = parts;
    this.nextDue = new Earliest(() => statements.nextDueTime.get()[0] ?? undefined);
  }

  load(): void {
    this.nextDue.load();
  }

  /** The first message that can be claimed; without its value where there is no room for it. */
  firstClaimable(queue: Queue, room: number): Claimable | undefined {
    if (queue.ready === 0) return undefined;
    const row = this.#statements.firstClaimable.get(queue.num, room);
    if (!row) return undefined;
    return { ...standingOf(queue, state.claimable, row), bytes: row[10], value: row[11] ?? undefined };
  }

  at(queue: Queue, from: State, place: number): Standing | undefined {
    const row = this.#statements.at.get(queue.num, from, place);
    return row && standingOf(queue, from, row);
  }

  /** The places of messages of one state. */
  placesBehind(queue: Queue, from: State, after: number, limit: number): readonly number[] {
    const rows = this.#statements.placesBehind.all(queue.num, from, after, limit) as unknown as [number][];
    return rows.map(([place]) => place);
  }

  /** The delayed message that is due first. */
  firstDue(): Standing {
    const [queue, place] = this.#statements.nextDue.get();
    return this.at(this.#parts.queues.at(queue), state.delayed, place)!;
  }

  /** Undefined where no message of the queue with that id is parked. */
  parkedPlace(queue: Queue, messageId: string): number | undefined {
    return this.#statements.parkedPlace.get(messageId, queue.num)?.[0];
  }

  add(message: Message, to: 'ready' | 'delayed'): void {
    const { groupId, dedupId, pushTime, maxAttempts, value, messageId } = message;
    const bytes = valueBytes(value);
    const columns = [messageId, groupId, dedupId, pushTime, maxAttempts, bytes, value];
    const num = Number(this.#statements.add.run(...columns).lastInsertRowid);
    if (dedupId !== '') this.#parts.dedups.keep(message);
    this.#place(this.#parts.queues.findOrCreate(message.queueId), { ...message, num }, to);
  }

  /** Has a message in flight, by a claim; it counts as an attempt. */
  claim({ queue, state: from, row }: Standing, claim: number): void {
    const { place, attempts, readyTime = null } = row;
    this.#parts.places.move(queue, from, state.inFlight, place, { attempts: attempts + 1, readyTime, claim });
  }

  /** Gives a message that is in flight, or due, another state, at its place. */
  change({ queue, state: from, row }: Standing, { state: to, attempts, readyTime }: MessageChange): void {
    const { places, groups } = this.#parts;
    const { place, groupId, messageId } = row;
    const progress = { attempts, readyTime: readyTime ?? null, claim: null };
    places.move(queue, from, this.#stateAt(queue, row, to), place, progress);
    if (to === 'delayed') this.nextDue.note(readyTime!);
    if (to !== 'parked') return;
    this.#statements.park.run(messageId, queue.num, place);
    if (groupId !== '') groups.remove(groupId, queue, place);
  }

  /** Puts a parked message at a place, ready. */
  replay({ queue, row }: Standing, place: number, { attempts, readyTime }: MessageChange): void {
    this.#parts.places.remove(queue, state.parked, row.place);
    this.#statements.unpark.run(row.messageId);
    this.#place(queue, { ...row, place, attempts, readyTime }, 'ready');
  }

  /** Removes a message; where it is done, its dedup id goes on being refused for the window. */
  remove({ queue, state: from, row }: Standing, isDone: boolean, now: Micros): void {
    const { places, groups, dedups } = this.#parts;
    places.remove(queue, from, row.place);
    this.#statements.remove.run(row.num);
    if (row.dedupId !== '') {
      if (isDone) dedups.done(row, now);
      else dedups.forget(row);
    }
    if (from === state.parked) this.#statements.unpark.run(row.messageId);
    else if (row.groupId !== '') groups.remove(row.groupId, queue, row.place);
  }

  /** Gives a message a place that it doesn't have yet. */
  #place(queue: Queue, row: MessageRow, to: 'ready' | 'delayed'): void {
    const { places, groups } = this.#parts;
    const { num, place, groupId, attempts, readyTime = null } = row;
    const ready = groupId === '' ? state.claimable : groups.add(groupId, queue, place);
    places.add(queue, to === 'ready' ? ready : state.delayed, place, num, {
      attempts,
      readyTime,
      claim: null,
    });
    if (to === 'delayed') this.nextDue.note(readyTime!);
  }

  #stateAt(queue: Queue, { groupId, place }: MessageRow, to: MessageChange['state']): State {
    if (to !== 'ready') return to === 'delayed' ? state.delayed : state.parked;
    return groupId === '' ? state.claimable : this.#parts.groups.standing(groupId, queue, place);
  }
}

function standingOf(queue: Queue, from: State, row: readonly unknown[]): Standing {
  return { queue, state: from, row: messageRow(queue.queueId, row), claim: row[9] as number | null };
}
