import { nextCheck } from '../check.js';
import type { Micros } from '../ports/common.js';
import type { Place } from '../ports/tracker.js';
import { type Database, prepareAll } from './connection.js';

/** Where a partition's log ends. */
export interface Head {
  readonly partition: number;
  position: number;
  check: string;
  storeTime: Micros;
  trimmedPosition: number;
  changed: boolean;
}

/** A new entry's place and time. */
export interface Slot extends Place {
  readonly first: number;
  readonly storeTime: Micros;
}

const sql = {
  load: `SELECT partition, position, "check", store_time AS storeTime, trimmed_position AS trimmedPosition
    FROM partitions ORDER BY partition`,
  save: 'UPDATE partitions SET position = ?, "check" = ?, store_time = ? WHERE partition = ?',
} as const;

/**
 * The logs' ends, kept by the only writer, so that an append needn't read them. `take` gives out positions,
 * `save` belongs into the same transaction, `load` behind one that failed.
 */
export class Heads {
  readonly #statements;
  #heads: Head[] = [];

  constructor(database: Database) {
    this.#statements = prepareAll(database, sql);
    this.load();
  }

  load(): void {
    this.#heads = this.#statements.load.all().map((row) => ({ ...row, changed: false }) as Head);
  }

  of(partition: number): Head {
    return this.#heads[partition]!;
  }

  /** Takes the next positions for an entry that the check's parts name. */
  take(partition: number, count: number, named: readonly string[]): Slot {
    const head = this.of(partition);
    const first = head.position + 1;
    head.position += count;
    head.check = nextCheck(head.check, ...named);
    head.storeTime = Math.max(head.storeTime, Date.now() * 1000);
    head.changed = true;
    return { first, position: head.position, check: head.check, storeTime: head.storeTime };
  }

  save(): void {
    for (const head of this.#heads) {
      if (!head.changed) continue;
      this.#statements.save.run(head.position, head.check, head.storeTime, head.partition);
      head.changed = false;
    }
  }
}
