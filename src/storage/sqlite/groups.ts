import { type Database, prepareAll } from './connection.js';
import { type Places, type Ready, state } from './places.js';
import type { Queue, Queues } from './queues.js';

const sql = {
  isTaken: 'SELECT 1 FROM locks WHERE lock_id = ?',
  add: 'INSERT INTO group_places (group_id, queue, place) VALUES (?, ?, ?)',
  remove: 'DELETE FROM group_places WHERE group_id = ? AND queue = ? AND place = ?',
  firstIn: 'SELECT place FROM group_places WHERE group_id = ? AND queue = ? ORDER BY place LIMIT 1',
  firstBehind: `SELECT queue, place FROM group_places WHERE group_id = ? AND queue > ?
    ORDER BY queue, place LIMIT 1`,
} as const;

/**
 * The order of the messages of a group, within a transaction of the caller's. Of a group's ready messages only
 * the first in each queue is claimable, while the group's lock has an empty line; this is what sees to it, so
 * that a claim finds one without looking at others.
 */
export class Groups {
  readonly #statements;
  readonly #places: Places;
  readonly #queues: Queues;

  constructor(database: Database, places: Places, queues: Queues) {
    this.#statements = prepareAll(database, sql);
    this.#places = places;
    this.#queues = queues;
  }

  /** Adds a message that is to be at a place; tells how it stands there once it is ready. */
  add(groupId: string, queue: Queue, place: number): Ready {
    const first = this.#firstIn(groupId, queue);
    this.#statements.add.run(groupId, queue.num, place);
    if (first !== undefined && first < place) return state.blocked;
    if (first !== undefined) this.#places.turn(queue, state.blocked, first);
    return this.#isTaken(groupId) ? state.blocked : state.claimable;
  }

  /** Takes a message away that is done or parked; the next one of its group may be claimable then. */
  remove(groupId: string, queue: Queue, place: number): void {
    this.#statements.remove.run(groupId, queue.num, place);
    if (this.#isTaken(groupId)) return;
    const first = this.#firstIn(groupId, queue);
    if (first !== undefined) this.#places.turn(queue, state.claimable, first);
  }

  /** How a message that is there stands when it is ready. */
  standing(groupId: string, queue: Queue, place: number): Ready {
    const isFirst = this.#firstIn(groupId, queue) === place;
    return isFirst && !this.#isTaken(groupId) ? state.claimable : state.blocked;
  }

  /** The line of the group's lock is empty no more. */
  block(groupId: string): void {
    this.#turnFirsts(groupId, state.blocked);
  }

  /** The line of the group's lock has become empty. */
  free(groupId: string): void {
    this.#turnFirsts(groupId, state.claimable);
  }

  #turnFirsts(groupId: string, to: Ready): void {
    let row: { queue: number; place: number } | undefined;
    do {
      row = this.#statements.firstBehind.get(groupId, row?.queue ?? 0);
      if (row) this.#places.turn(this.#queues.at(row.queue), to, row.place);
    } while (row);
  }

  #isTaken(lockId: string): boolean {
    return this.#statements.isTaken.get(lockId) !== undefined;
  }

  #firstIn(groupId: string, queue: Queue): number | undefined {
    return this.#statements.firstIn.get(groupId, queue.num)?.place;
  }
}
