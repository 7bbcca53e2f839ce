import { invalid } from '../errors.js';
import type { Micros } from '../storage/ports/common.js';
import type { LogPage, Place, TrackerStore } from '../storage/ports/tracker.js';
import { type Cursor, decodeCursor } from './cursor.js';
import type { Break } from './history.js';

/** Where a subscriber wants to start. */
export type Start =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'end' }
  | { readonly kind: 'cursor'; readonly cursor: string }
  | { readonly kind: 'time'; readonly time: Micros };

/** The log's bounds in the partitions of a filter, as cursors. */
export interface Bounds {
  readonly oldest: Cursor;
  readonly end: Cursor;
  /** By partition, the position of the last erasure that the log has forgotten. */
  readonly forgotten: ReadonlyMap<number, number>;
}

/** Reads the oldest and the newest place of each partition. */
export async function readBounds(
  store: TrackerStore,
  partitions: readonly number[],
  filterHash: string,
): Promise<Bounds> {
  const pages = await Promise.all(
    partitions.map((partition) => store.readLog(partition, 0, { maxEvents: 1, maxBytes: 0 })),
  );
  const cursorAt = (place: (page: LogPage) => Place): Cursor => ({
    storeId: store.storeId,
    epoch: pages[0]!.epoch,
    filterHash,
    places: new Map(partitions.map((partition, i) => [partition, place(pages[i]!)])),
  });
  return {
    oldest: cursorAt((page) => page.trimmed),
    end: cursorAt((page) => page.end),
    forgotten: new Map(partitions.map((partition, i) => [partition, pages[i]!.forgotten])),
  };
}

/** The cursor that a start means; a client's own is only checked for its form and its filter. */
export async function resolveStart(store: TrackerStore, start: Start, bounds: Bounds): Promise<Cursor> {
  switch (start.kind) {
    case 'beginning':
      return bounds.oldest;
    case 'end':
      return bounds.end;
    case 'time':
      return { ...bounds.end, places: await findPlaces(store, bounds, start.time) };
    case 'cursor':
      return checkFilter(decodeCursor(start.cursor), bounds.end);
  }
}

/** Why a start can't be of the store's present history, as far as its names and places tell. */
export function findForeign(start: Start, cursor: Cursor, bounds: Bounds): Break | undefined {
  if (cursor.storeId !== bounds.end.storeId) return 'other_store';
  if (cursor.epoch !== bounds.end.epoch) return 'epoch_changed';
  return start.kind === 'cursor' && hasMissed(cursor, bounds) ? 'trimmed' : undefined;
}

/** Whether who was shown events up to a cursor was not told of an erasure behind it; at the oldest place, none were. */
function hasMissed({ places }: Cursor, { oldest, forgotten }: Bounds): boolean {
  return [...places].some(
    ([partition, { position }]) =>
      position > oldest.places.get(partition)!.position && position < forgotten.get(partition)!,
  );
}

async function findPlaces(store: TrackerStore, bounds: Bounds, time: Micros): Promise<Map<number, Place>> {
  const partitions = [...bounds.end.places.keys()];
  const places = await Promise.all(partitions.map((partition) => store.findPlace(partition, time)));
  return new Map(
    partitions.map((partition, i) => {
      const oldest = bounds.oldest.places.get(partition)!;
      return [partition, places[i]!.position < oldest.position ? oldest : places[i]!];
    }),
  );
}

function checkFilter(cursor: Cursor, end: Cursor): Cursor {
  const sameStore = cursor.storeId === end.storeId;
  const samePartitions =
    cursor.places.size === end.places.size && [...end.places.keys()].every((key) => cursor.places.has(key));
  if (cursor.filterHash !== end.filterHash || (sameStore && !samePartitions)) {
    throw invalid('cursor', 'was given for another filter; use it with the filter of its stream');
  }
  return cursor;
}
