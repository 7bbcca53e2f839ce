import { TracksideError } from '../errors.js';

/** A bound on the bytes that something holds in memory, over all calls together. */
export class Budget {
  readonly #name: string;
  readonly #max: number;
  #held = 0;

  /** `name` is the setting that sets the bound, or an engine's own word for it, for whoever is refused. */
  constructor(name: string, max: number) {
    this.#name = name;
    this.#max = max;
  }

  /** Counts bytes in; OVERLOADED where they are too many beside what is held. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#max) {
      throw new TracksideError(
        'OVERLOADED',
        `more than ${this.#max} bytes would be in memory (${this.#name}); try again later`,
        { metadata: { limit: this.#name.replace('limits.', ''), max: `${this.#max}` } },
      );
    }
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
