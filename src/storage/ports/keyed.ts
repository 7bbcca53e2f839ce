import type { Micros, RequestMark } from './common.js';

export interface Write {
  readonly key: string;
  readonly request: RequestMark | undefined;
}

export interface KeyQuery {
  /** See storage/keys.ts. */
  readonly pattern: string;
  /** Exclusive. */
  readonly after: string;
  readonly limit: number;
}

export interface KeyPage {
  /** Ascending by bytes. */
  readonly keys: readonly string[];
  /** Where to go on, exclusive; undefined at the end. A page can end before its limit. */
  readonly next: string | undefined;
}

/** A step of a clearing. */
export interface ClearStep {
  readonly cleared: number;
  /** Where to go on, exclusive; undefined at the end. */
  readonly next: string | undefined;
}

/** What caches and records have in common. */
export interface KeyedStore<NewWrite, Outcome, Found> {
  /**
   * Carries out writes, judged in array order, each atomic on its own and seeing those before it. Outcomes are
   * in array order. Applied writes are remembered by id for 24 h, the last 65,536 of them.
   */
  write(writes: readonly NewWrite[], now: Micros): Promise<readonly Outcome[]>;

  /** Finds what keys have, in one snapshot and in their order, with values of `maxBytes` together. */
  get(keys: readonly string[], maxBytes: number, now: Micros): Promise<readonly (Found | undefined)[]>;

  keys(query: KeyQuery, now: Micros): Promise<KeyPage>;

  /** Removes what at most `limit` keys have that begin with a prefix, behind `after`. */
  clear(prefix: string, after: string, limit: number, now: Micros): Promise<ClearStep>;

  /** Removes what at most `limit` things leave that no call can show any more. True where there may be more. */
  sweep(limit: number, now: Micros): Promise<boolean>;
}
