import type { MessageState } from '../ports/queue.js';
import { type Database, prepareAll } from './connection.js';
import type { Notices } from './notices.js';
import type { Count, Queue } from './queues.js';

/** What becomes of a message, as its place says. Ready ones are claimable, or blocked by their group. */
export const state = { claimable: 0, blocked: 1, delayed: 2, inFlight: 3, parked: 4 } as const;
export type State = (typeof state)[keyof typeof state];
export type Ready = typeof state.claimable | typeof state.blocked;

/** The states that are shown as one. */
export const statesOf: Readonly<Record<MessageState, readonly State[]>> = {
  ready: [state.claimable, state.blocked],
  delayed: [state.delayed],
  in_flight: [state.inFlight],
  parked: [state.parked],
};

const counts: readonly Count[] = ['ready', 'ready', 'delayed', 'inFlight', 'parked'];

/** What a message's place says beside its state. */
export interface Progress {
  readonly attempts: number;
  readonly readyTime: number | null;
  /** The claim that is under way. */
  readonly claim: number | null;
}

const sql = {
  add: `INSERT INTO places (queue, state, place, message, attempts, ready_time, claim)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  turn: 'UPDATE places SET state = ? WHERE queue = ? AND state = +? AND place = ?',
  move: `UPDATE places SET state = ?, attempts = ?, ready_time = ?, claim = ?
    WHERE queue = ? AND state = +? AND place = ?`,
  remove: 'DELETE FROM places WHERE queue = ? AND state = +? AND place = ?',
} as const;

/** Where messages stand, within a transaction of the caller's: each change is counted, and told where it matters. */
export class Places {
  readonly #statements;
  readonly #notices: Notices;

  constructor(database: Database, notices: Notices) {
    this.#statements = prepareAll(database, sql);
    this.#notices = notices;
  }

  add(queue: Queue, to: State, place: number, message: number, progress: Progress): void {
    const { attempts, readyTime, claim } = progress;
    this.#statements.add.run(queue.num, to, place, message, attempts, readyTime, claim);
    this.#enter(queue, to);
  }

  move(queue: Queue, from: State, to: State, place: number, progress: Progress): void {
    const { attempts, readyTime, claim } = progress;
    this.#statements.move.run(to, attempts, readyTime, claim, queue.num, from, place);
    this.#leave(queue, from);
    this.#enter(queue, to);
  }

  /** Lets the message at a place be claimed, or not, if it is ready. */
  turn(queue: Queue, to: Ready, place: number): void {
    const from = to === state.claimable ? state.blocked : state.claimable;
    const { changes } = this.#statements.turn.run(to, queue.num, from, place);
    if (changes > 0 && to === state.claimable) this.#notices.ready(queue.queueId);
  }

  remove(queue: Queue, from: State, place: number): void {
    this.#statements.remove.run(queue.num, from, place);
    this.#leave(queue, from);
  }

  #enter(queue: Queue, to: State): void {
    queue[counts[to]!] += 1;
    if (to === state.claimable) this.#notices.ready(queue.queueId);
  }

  #leave(queue: Queue, from: State): void {
    queue[counts[from]!] -= 1;
  }
}
