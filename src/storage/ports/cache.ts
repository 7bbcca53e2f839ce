import type { Micros, OnceOutcome, Value } from './common.js';
import type { KeyedStore, Write } from './keyed.js';

/** What a write expects of its key: an entry with a value that is the same to the letter, or none, or any. */
export type EntryCondition = 'any' | 'absent' | 'present' | { readonly equals: Value };

/** A write to a cache; an `expireTime` is undefined for never. */
export type EntryWrite = Write &
  (
    | {
        readonly kind: 'set';
        readonly value: Value;
        readonly expireTime: Micros | undefined;
        readonly condition: EntryCondition;
      }
    | { readonly kind: 'delete' }
    /** `expireTime` is that of an entry that is made by it. */
    | { readonly kind: 'increment'; readonly delta: bigint; readonly expireTime: Micros | undefined }
    | { readonly kind: 'touch'; readonly expireTime: Micros | undefined }
  );

export interface EntryResult {
  /** Whether the write changed anything: false where its condition didn't hold, or there was no entry. */
  readonly applied: boolean;
  readonly expireTime: Micros | undefined;
  /** The digits of what was incremented. */
  readonly number: string | undefined;
}

export type EntryOutcome =
  | OnceOutcome<EntryResult>
  /** What is to be incremented is no whole number. */
  | { readonly status: 'wrong_kind' }
  /** The sum does not fit into 64 bits. */
  | { readonly status: 'out_of_range' };

export interface FoundEntry {
  /** Undefined where it is larger than there was room for. */
  readonly value: Value | undefined;
  readonly expireTime: Micros | undefined;
}

/** Values with an expiry. From `expireTime` on, compared with `now`, an entry counts as absent. */
export type CacheStore = KeyedStore<EntryWrite, EntryOutcome, FoundEntry>;
