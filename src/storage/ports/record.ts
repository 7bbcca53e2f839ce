import type { Micros, OnceOutcome, Value } from './common.js';
import type { KeyedStore, Write } from './keyed.js';

/** What a write expects of its key; a number is the record's version. */
export type RecordCondition = 'any' | 'absent' | 'present' | number;

export type RecordWrite = Write &
  (
    | { readonly kind: 'set'; readonly value: Value; readonly condition: RecordCondition }
    /** Of a value or a list. */
    | { readonly kind: 'delete'; readonly condition: RecordCondition }
    /** To a list, which is made where the key has nothing. At least one item. */
    | { readonly kind: 'append'; readonly items: readonly Value[] }
  );

export interface RecordResult {
  /** False where there was nothing to delete. */
  readonly applied: boolean;
  /** What the key has after it, 0 for nothing. */
  readonly version: number;
  readonly updateTime: Micros;
  /** A list's length after it; 0 for a value. */
  readonly count: number;
}

export type RecordOutcome =
  | OnceOutcome<RecordResult>
  | { readonly status: 'wrong_kind'; readonly found: 'value' | 'list' }
  /** The version that was found, 0 for none. */
  | { readonly status: 'conflict'; readonly actual: number };

export type FoundRecord = { readonly version: number; readonly updateTime: Micros } & (
  | {
      readonly kind: 'value';
      /** Undefined where it is larger than there was room for. */
      readonly value: Value | undefined;
    }
  | { readonly kind: 'list'; readonly count: number }
);

/** Indexes from 0, or from the list's end where they are negative; both are included. */
export interface ItemRange {
  readonly start: number;
  readonly end: number;
}

export interface ItemLimit {
  /** At least one item is read where there is one. */
  readonly maxItems: number;
  readonly maxBytes: number;
}

/** Items of a list, read in one snapshot. */
export interface ItemPage {
  readonly count: number;
  /** The range's bounds as indexes from 0; `last` is below `first` where it is empty. */
  readonly first: number;
  readonly last: number;
  /** From `first` on. */
  readonly items: readonly Value[];
}

/** Durable values and lists. Each write gives its key a version that the store never gave before. */
export interface RecordStore extends KeyedStore<RecordWrite, RecordOutcome, FoundRecord> {
  /** Undefined where the key has a value. */
  items(key: string, range: ItemRange, limit: ItemLimit): Promise<ItemPage | undefined>;
}
