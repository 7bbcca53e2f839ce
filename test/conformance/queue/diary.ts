import { steadyNow } from '#src/storage/clock.js';
import type { Seen } from './observations.js';

type Told = Seen extends infer One ? (One extends Seen ? Omit<One, 'at'> : never) : never;

/** A line of the diary that is filled in later. */
export interface Entry {
  /** Says what was seen; at the time when the line was begun, unless it is told to be now. */
  write(seen: Told, when?: 'begun' | 'now'): void;
}

/** What clients see, in the order in which it matters: what they do as they begin, what they get as they get it. */
export class Diary {
  readonly #lines: Seen[][] = [];

  /** Begins a line for what a call will have done. */
  begin(): Entry {
    const line: Seen[] = [];
    this.#lines.push(line);
    const begun = steadyNow();
    return {
      write: (seen, when = 'begun') => {
        line.push({ ...seen, at: when === 'begun' ? begun : steadyNow() } as Seen);
      },
    };
  }

  write(seen: Told): void {
    this.begin().write(seen);
  }

  /** How much of a kind was seen. */
  count(what: Seen['what']): number {
    return this.seen.filter((one) => one.what === what).length;
  }

  get seen(): readonly Seen[] {
    return this.#lines.flat();
  }
}
