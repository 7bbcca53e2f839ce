import { TracksideError } from '../errors.js';

/** A bound on the bytes that something holds in memory, over all calls together. */
export class Budget {
  readonly #limit: string;
  readonly #max: number;
  #held = 0;

  /** `limit` names the setting, for whoever is refused. */
  constructor(limit: string, max: number) {
    this.#limit = limit;
    this.#max = max;
  }

  /** Counts bytes in; OVERLOADED where they are too many beside what is held. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#max) {
      throw new TracksideError(
        'OVERLOADED',
        `more than ${this.#max} bytes would be in memory (limits.${this.#limit}); try again later`,
        { metadata: { limit: this.#limit, max: `${this.#max}` } },
      );
    }
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
