import type { Micros } from '../ports/common.js';
import { type Database, prepareAll } from './connection.js';
import type { Heads } from './heads.js';
import { placeOf, positionOf } from './place.js';

interface Task {
  readonly place: number;
  readonly conversation: number;
  readonly next_sequence: number;
  readonly last_sequence: number;
  readonly forgets: number;
}

interface EntryRow {
  readonly place: number;
  readonly first_place: number;
  readonly first_sequence: number;
}

const sql = {
  nextTask:
    'SELECT place, conversation, next_sequence, last_sequence, forgets FROM scrubs ORDER BY place LIMIT 1',
  advance: 'UPDATE scrubs SET next_sequence = ? WHERE place = ?',
  finish: 'DELETE FROM scrubs WHERE place = ?',
  entryAt: `SELECT place, first_place, first_sequence FROM log
    WHERE conversation = ? AND first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1`,
  removeEvents: 'DELETE FROM events WHERE place BETWEEN ? AND ?',
  removeSessionStarts: `DELETE FROM session_starts WHERE conversation = ?
    AND boundary IN ('action_session_start', 'session_started') AND sequence BETWEEN ? AND ?`,
  forget: 'UPDATE log SET append_id = NULL, digest = NULL WHERE place = ?',
  removeEntry: 'DELETE FROM log WHERE place = ?',
  unswept: `SELECT partition, trimmed_position, swept_position FROM partitions
    WHERE swept_position < trimmed_position LIMIT 1`,
  stepEnd:
    'SELECT max(place) AS place FROM (SELECT place FROM log WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?)',
  sweep: `DELETE FROM log WHERE place BETWEEN ? AND ? AND first_sequence IS NOT NULL AND append_id IS NULL`,
  swept: 'UPDATE partitions SET swept_position = ? WHERE partition = ?',
  removeFences: `DELETE FROM conversations WHERE num IN
    (SELECT num FROM conversations WHERE fence_time < ? ORDER BY fence_time LIMIT ?)`,
  more: `SELECT EXISTS (SELECT 1 FROM scrubs)
    OR EXISTS (SELECT 1 FROM partitions WHERE swept_position < trimmed_position)
    OR EXISTS (SELECT 1 FROM conversations WHERE fence_time < ?) AS more`,
} as const;

/**
 * Removes what is hidden or needed no more, within a transaction of the caller's. How far it came is in the
 * tables, in the same transaction, so that it goes on wherever a process ended. An append's entry outlives its
 * events; it goes once its life has ended and the feed's history begins behind it.
 */
export function scrubber(database: Database, heads: Heads) {
  const statements = prepareAll(database, sql);

  /** Scrubs events of one entry, at most `room`, and answers how many it named. */
  function scrubSome(task: Task, room: number): number {
    const { conversation, next_sequence: from, last_sequence } = task;
    const entry = statements.entryAt.get(conversation, from) as EntryRow;
    const lastOfEntry = entry.first_sequence + entry.place - entry.first_place;
    const to = Math.min(last_sequence, lastOfEntry, from + room - 1);
    const shift = entry.first_place - entry.first_sequence;
    statements.removeEvents.run(from + shift, to + shift);
    statements.removeSessionStarts.run(conversation, from, to);
    if (task.forgets && to === lastOfEntry) forget(entry.place);
    if (to === last_sequence) statements.finish.run(task.place);
    else statements.advance.run(to + 1, task.place);
    return to - from + 1;
  }

  function forget(place: number): void {
    const position = positionOf(place);
    const isTrimmed = position <= heads.of((place - position) / placeOf(1, 0)).trimmedPosition;
    (isTrimmed ? statements.removeEntry : statements.forget).run(place);
  }

  /** Looks through at most `room` trimmed entries and removes those that nothing needs. */
  function sweepSome(room: number): number {
    const row = statements.unswept.get();
    if (!row) return 0;
    const { partition, trimmed_position: end } = row;
    const from = placeOf(partition, row.swept_position + 1);
    const to = statements.stepEnd.get(from, placeOf(partition, end), room).place ?? placeOf(partition, end);
    statements.sweep.run(from, to);
    statements.swept.run(positionOf(to), partition);
    return room;
  }

  return (limit: number, before: Micros): boolean => {
    let room = limit;
    while (room > 0) {
      const task = statements.nextTask.get() as Task | undefined;
      if (!task) break;
      room -= scrubSome(task, room);
    }
    if (room > 0) room -= sweepSome(room);
    if (room > 0) statements.removeFences.run(before, room);
    return statements.more.get(before).more === 1;
  };
}
