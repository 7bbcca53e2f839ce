import type { ErasureEntry, RecordedEvent, TrackerStore } from '../storage/ports.js';
import { encodeCursor } from './cursor.js';
import { type EventFilter, filterHash, partitionsOf } from './filter.js';
import type { Break } from './history.js';
import { Lane } from './lane.js';
import { Signal } from './signal.js';
import { findForeign, readBounds, resolveStart, type Start } from './start.js';
import type { Step, StepLimit } from './step.js';
import type { Tailer } from './tailer.js';

/** What a subscriber is told. */
export type FeedItem =
  | { readonly kind: 'confirmation' | 'checkpoint' | 'caught_up' | 'fell_behind'; readonly cursor: string }
  | { readonly kind: 'events'; readonly events: readonly RecordedEvent[]; readonly cursor: string }
  | { readonly kind: 'erased'; readonly erasure: ErasureEntry; readonly cursor: string }
  | {
      readonly kind: 'discontinuity';
      readonly reason: Break;
      readonly oldestCursor: string;
      readonly endCursor: string;
    };

export interface Subscription {
  readonly filter: EventFilter;
  readonly start: Start;
  readonly limit: StepLimit;
  /** The longest silence, in milliseconds. */
  readonly heartbeatMs: number;
}

interface Source {
  readonly store: TrackerStore;
  /** By partition. */
  readonly tailers: readonly Tailer[];
}

/**
 * Streams to one subscriber: a confirmation at once, then what is in the log, history and live alike, and a
 * discontinuity as the last item where the history breaks. Throws the reason of an ending that aborts.
 */
export async function* follow(
  { store, tailers }: Source,
  subscription: Subscription,
  endings: readonly AbortSignal[],
): AsyncGenerator<FeedItem, void, void> {
  const { filter } = subscription;
  const hash = filterHash(filter);
  const partitions = partitionsOf(filter, store.partitions);
  const bounds = await readBounds(store, partitions, hash);
  const begin = await resolveStart(store, subscription.start, bounds);
  yield { kind: 'confirmation', cursor: encodeCursor(begin) };

  let reason = findForeign(begin, bounds);
  if (!reason) {
    const signal = new Signal();
    const wake = () => signal.notify();
    const lanes = [...begin.places].map(([partition, place]) => {
      const tailer = tailers[partition]!;
      return new Lane({
        store,
        tailer,
        partition,
        epoch: begin.epoch,
        filter,
        filterHash: hash,
        place,
        wake,
      });
    });
    const cursor = () =>
      encodeCursor({ ...begin, places: new Map(lanes.map((lane) => [lane.partition, lane.place])) });
    for (const ending of endings) ending.addEventListener('abort', wake);
    try {
      reason = yield* walk(lanes, subscription, cursor, signal, endings);
    } finally {
      for (const ending of endings) ending.removeEventListener('abort', wake);
      for (const lane of lanes) lane.close();
    }
  }
  const { oldest, end } = await readBounds(store, partitions, hash);
  yield { kind: 'discontinuity', reason, oldestCursor: encodeCursor(oldest), endCursor: encodeCursor(end) };
}

/**
 * The feed's one loop: read on from a place, show, and wait at the log's end. History, the live tail, a
 * reconnect, and what other sidecars wrote are all the same to it; a hint only ends a wait. Nothing read is
 * held between two items, so that a slow subscriber costs no memory and isn't shown what was erased meanwhile.
 */
async function* walk(
  lanes: readonly Lane[],
  { limit, heartbeatMs }: Subscription,
  cursor: () => string,
  signal: Signal,
  endings: readonly AbortSignal[],
): AsyncGenerator<FeedItem, Break, void> {
  let live = false;
  let shownAt = performance.now();
  for (;;) {
    let resting = true;
    for (const lane of lanes) {
      if (live && lane.isBehind) {
        live = false;
        yield { kind: 'fell_behind', cursor: cursor() };
      }
      const move = await lane.advance(limit);
      for (const ending of endings) ending.throwIfAborted();
      if (move.kind === 'broken') return move.reason;
      if (move.kind === 'rest') continue;
      resting = false;
      const item = itemOf(move.step, cursor);
      if (!item) continue;
      yield item;
      shownAt = performance.now();
    }
    const silence = performance.now() - shownAt;
    if (resting && !live) {
      live = true;
      yield { kind: 'caught_up', cursor: cursor() };
    } else if (silence >= heartbeatMs) {
      yield { kind: 'checkpoint', cursor: cursor() };
    } else {
      if (resting) await signal.wait(heartbeatMs - silence);
      continue;
    }
    shownAt = performance.now();
  }
}

function itemOf(step: Step, cursor: () => string): FeedItem | undefined {
  if (step.erasure) return { kind: 'erased', erasure: step.erasure, cursor: cursor() };
  if (step.events.length > 0) return { kind: 'events', events: step.events, cursor: cursor() };
  return undefined;
}
