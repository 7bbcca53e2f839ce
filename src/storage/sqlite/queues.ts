import { type Database, prepareAll } from './connection.js';

/** What is counted of a queue. */
export type Count = 'ready' | 'delayed' | 'inFlight' | 'parked';

/** A queue with how many messages it has. */
export interface Queue extends Record<Count, number> {
  readonly num: number;
  readonly queueId: string;
}

/** The columns of a queue. */
export const queueColumns = 'num, queue_id AS queueId, ready, delayed, in_flight AS inFlight, parked';

const sql = {
  find: `SELECT ${queueColumns} FROM queues WHERE queue_id = ?`,
  at: `SELECT ${queueColumns} FROM queues WHERE num = ?`,
  create: 'INSERT INTO queues (queue_id, ready, delayed, in_flight, parked) VALUES (?, 0, 0, 0, 0)',
  save: 'UPDATE queues SET ready = ?, delayed = ?, in_flight = ?, parked = ? WHERE num = ?',
  remove: 'DELETE FROM queues WHERE num = ?',
} as const;

/**
 * The queues that a transaction deals with, so that each is read once and written once, however many of its
 * messages come and go. `save` ends the transaction, `load` forgets one that failed.
 */
export class Queues {
  readonly #statements;
  readonly #byId = new Map<string, Queue>();
  readonly #byNum = new Map<number, Queue>();

  constructor(database: Database) {
    this.#statements = prepareAll(database, sql);
  }

  find(queueId: string): Queue | undefined {
    return this.#byId.get(queueId) ?? this.#keep(this.#statements.find.get(queueId));
  }

  at(num: number): Queue {
    return this.#byNum.get(num) ?? this.#keep(this.#statements.at.get(num))!;
  }

  findOrCreate(queueId: string): Queue {
    return this.find(queueId) ?? this.#create(queueId);
  }

  load(): void {
    this.#byId.clear();
    this.#byNum.clear();
  }

  /** A queue without messages ceases to be. */
  save(): void {
    for (const { num, ready, delayed, inFlight, parked } of this.#byNum.values()) {
      if (ready + delayed + inFlight + parked === 0) this.#statements.remove.run(num);
      else this.#statements.save.run(ready, delayed, inFlight, parked, num);
    }
    this.load();
  }

  #create(queueId: string): Queue {
    const num = Number(this.#statements.create.run(queueId).lastInsertRowid);
    return this.#keep({ num, queueId, ready: 0, delayed: 0, inFlight: 0, parked: 0 })!;
  }

  #keep(queue: Queue | undefined): Queue | undefined {
    if (!queue) return undefined;
    this.#byId.set(queue.queueId, queue);
    this.#byNum.set(queue.num, queue);
    return queue;
  }
}
