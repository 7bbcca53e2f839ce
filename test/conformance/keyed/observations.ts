import type { CacheStore, EntryOutcome, EntryWrite, FoundEntry } from '#src/storage/ports/cache.js';
import type {
  FoundRecord,
  ItemPage,
  ItemRange,
  RecordOutcome,
  RecordStore,
  RecordWrite,
} from '#src/storage/ports/record.js';

/** A call to a store, and what it was answered, at a time. */
export type Seen<Write, Outcome, Found> = { readonly now: number } & (
  | { readonly call: 'write'; readonly writes: readonly Write[]; readonly outcomes: readonly Outcome[] }
  | { readonly call: 'get'; readonly keys: readonly string[]; readonly found: readonly (Found | undefined)[] }
  | { readonly call: 'keys'; readonly prefix: string; readonly keys: readonly string[] }
  | { readonly call: 'clear'; readonly prefix: string }
  | {
      readonly call: 'items';
      readonly key: string;
      readonly range: ItemRange;
      readonly page: ItemPage | undefined;
    }
);

export type CacheSeen = Seen<EntryWrite, EntryOutcome, FoundEntry>;
export type RecordSeen = Seen<RecordWrite, RecordOutcome, FoundRecord>;

type Store<S> = S extends CacheStore | RecordStore ? S : never;

/** All keys of a prefix, page by page. */
export async function allKeys<S>(store: Store<S>, prefix: string, now: number): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = await store.keys({ pattern: `${prefix}*`, after, limit: 2 }, now);
    keys.push(...page.keys);
    after = page.next;
  }
  return keys;
}

/** Clears all of a prefix, step by step. */
export async function clearAll<S>(store: Store<S>, prefix: string, now: number): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    ({ next: after } = await store.clear(prefix, after, 2, now));
  }
}
