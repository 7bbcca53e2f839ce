import { boundsOf } from '../items.js';
import { judgeRecord, recordResult } from '../judge-record.js';
import { keyPattern, laterKey, pageOf } from '../keys.js';
import { once } from '../once.js';
import type { Micros, Value } from '../ports/common.js';
import type {
  FoundRecord,
  ItemLimit,
  ItemPage,
  ItemRange,
  RecordOutcome,
  RecordStore,
  RecordWrite,
} from '../ports/record.js';
import { SteadyMap } from '../steady-map.js';
import { valueBytes } from '../value.js';
import { takeKeys } from './cache.js';
import { SortedIds } from './ids.js';
import { MemoryRequests } from './requests.js';

interface Stored {
  readonly version: number;
  readonly updateTime: Micros;
  readonly content: { readonly value: Value } | { readonly items: Value[] };
}

interface State {
  readonly byKey: SteadyMap<string, Stored>;
  readonly keys: SortedIds;
  /** The last version given; it begins with the time, so that a store after a restart gives others. */
  version: number;
}

/** Records in memory. Each method does its work in one go, so that nothing comes between. */
export function openRecord(): RecordStore {
  const state: State = { byKey: new SteadyMap(), keys: new SortedIds(), version: Date.now() * 1_000 };
  const requests = new MemoryRequests();
  return {
    write: async (writes, now) =>
      writes.map((write) => once(requests, write.request, now, () => carryOut(state, write, now))),
    get: async (keys, maxBytes) => get(state, keys, maxBytes),
    items: async (key, range, limit) => readItems(state.byKey.get(key), range, limit),
    keys: async (query) => pageOf(keysFrom(state, keyPattern(query.pattern).prefix, query.after), query),
    clear: async (prefix, after, limit) => {
      const { keys, next } = takeKeys(keysFrom(state, prefix, after), prefix, limit);
      for (const key of keys) remove(state, key);
      return { cleared: keys.length, next };
    },
    sweep: async (limit, now) => requests.sweep(limit, now),
  };
}

function* keysFrom(state: State, prefix: string, after: string): Generator<string> {
  for (const key of state.keys.from(laterKey(prefix, after))) if (key !== after) yield key;
}

function carryOut(state: State, write: RecordWrite, now: Micros): RecordOutcome {
  const stored = state.byKey.get(write.key);
  const current = stored && { version: stored.version, count: countOf(stored) };
  const refused = judgeRecord(write, current);
  if (refused) return refused;
  const result = recordResult(write, current, state.version + 1, now);
  if (write.kind === 'delete') {
    remove(state, write.key);
    return { status: 'done', result };
  }
  state.version += 1;
  const content = write.kind === 'set' ? { value: write.value } : { items: appended(stored, write.items) };
  if (!stored) state.keys.add(write.key);
  state.byKey.set(write.key, { version: state.version, updateTime: now, content });
  return { status: 'done', result };
}

function appended(stored: Stored | undefined, more: readonly Value[]): Value[] {
  const items = itemsOf(stored);
  for (const item of more) items.push(item);
  return items;
}

function remove(state: State, key: string): void {
  if (state.byKey.delete(key)) state.keys.delete(key);
}

function itemsOf(stored: Stored | undefined): Value[] {
  return stored && 'items' in stored.content ? stored.content.items : [];
}

function countOf({ content }: Stored): number | undefined {
  return 'items' in content ? content.items.length : undefined;
}

function get(state: State, keys: readonly string[], maxBytes: number): readonly (FoundRecord | undefined)[] {
  let room = maxBytes;
  return keys.map((key) => {
    const stored = state.byKey.get(key);
    if (!stored) return undefined;
    const { version, updateTime, content } = stored;
    if ('items' in content) return { version, updateTime, kind: 'list', count: content.items.length };
    const bytes = valueBytes(content.value);
    if (bytes > room) return { version, updateTime, kind: 'value', value: undefined };
    room -= bytes;
    return { version, updateTime, kind: 'value', value: content.value };
  });
}

function readItems(
  stored: Stored | undefined,
  range: ItemRange,
  { maxItems, maxBytes }: ItemLimit,
): ItemPage | undefined {
  if (stored && 'value' in stored.content) return undefined;
  const all = itemsOf(stored);
  const { first, last } = boundsOf(range, all.length);
  const items: Value[] = [];
  let room = maxBytes;
  for (let i = first; i <= last && items.length < maxItems; i++) {
    room -= valueBytes(all[i]!);
    if (room < 0 && items.length > 0) break;
    items.push(all[i]!);
  }
  return { count: all.length, first, last, items };
}
