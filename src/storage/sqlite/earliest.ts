import type { Micros } from '../ports/common.js';

/** The earliest of times that are stored, looked up only where it may have been reached. */
export class Earliest {
  readonly #look: () => Micros | undefined;
  /** Never later than it is. */
  #bound: Micros = 0;

  constructor(look: () => Micros | undefined) {
    this.#look = look;
  }

  /** Says that a time is stored. */
  note(time: Micros): void {
    if (time < this.#bound) this.#bound = time;
  }

  /** The time, if it has been reached; else infinity. */
  reached(now: Micros): Micros {
    if (now < this.#bound) return Number.POSITIVE_INFINITY;
    this.#bound = this.#look() ?? Number.POSITIVE_INFINITY;
    return now < this.#bound ? Number.POSITIVE_INFINITY : this.#bound;
  }

  /** Undefined where there is none. */
  time(): Micros | undefined {
    return this.#look();
  }

  /** Forgets what is known, as a transaction failed. */
  load(): void {
    this.#bound = 0;
  }
}
