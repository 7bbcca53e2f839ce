import { nextNumber } from '../numbers.js';
import type { Micros } from '../ports/common.js';
import { type Database, prepareAll } from './connection.js';

const sql = {
  load: 'SELECT number, place FROM counters',
  save: 'UPDATE counters SET number = ?, place = ?',
} as const;

/**
 * What numbers tickets, grants and claims, and what numbers places: no number is given twice. Kept by the only
 * writer; `save` belongs into the transaction that uses them, `load` behind one that failed.
 */
export class Counters {
  readonly #statements;
  #number = 0;
  #place = 0;
  #changed = false;

  constructor(database: Database) {
    this.#statements = prepareAll(database, sql);
    this.load();
  }

  load(): void {
    const { number, place } = this.#statements.load.get();
    this.#number = number;
    this.#place = place;
    this.#changed = false;
  }

  nextNumber(now: Micros): number {
    this.#changed = true;
    this.#number = nextNumber(this.#number, now);
    return this.#number;
  }

  nextPlace(): number {
    this.#changed = true;
    return ++this.#place;
  }

  save(): void {
    if (this.#changed) this.#statements.save.run(this.#number, this.#place);
    this.#changed = false;
  }
}
