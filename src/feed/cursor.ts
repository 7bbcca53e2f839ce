import { invalid } from '../errors.js';
import type { Place } from '../storage/ports/tracker.js';

/**
 * Where a stream stands: behind a place in each partition that its filter can match. Clients get it as opaque
 * text, which any sidecar on the same store can read.
 */
export interface Cursor {
  readonly storeId: string;
  readonly epoch: string;
  readonly filterHash: string;
  readonly places: ReadonlyMap<number, Place>;
}

const version = 'c1';
const maxLength = 16_384;

/** `c1.STORE.EPOCH.FILTER.PARTITION~POSITION~CHECK….SUM`: letters that no shell or URL minds. */
export function encodeCursor(cursor: Cursor): string {
  let text = `${version}.${cursor.storeId}.${cursor.epoch}.${cursor.filterHash}`;
  for (const [partition, place] of cursor.places) text += `.${partition}~${place.position}~${place.check}`;
  return `${text}.${checksum(text)}`;
}

/** Subscribers that share a step share its place: what it encodes to is kept beside it. */
const placeCursors = new WeakMap<Place, { readonly filterHash: string; readonly text: string }>();

/** The cursor of a stream of one partition. */
export function placeCursor(stream: Omit<Cursor, 'places'>, partition: number, place: Place): string {
  const { filterHash } = stream;
  const kept = placeCursors.get(place);
  if (kept?.filterHash === filterHash) return kept.text;
  const text = encodeCursor({ ...stream, places: new Map([[partition, place]]) });
  placeCursors.set(place, { filterHash, text });
  return text;
}

/** Reads a cursor; INVALID_REQUEST where it is malformed. */
export function decodeCursor(text: string): Cursor {
  const parts = text.length <= maxLength ? text.split('.') : [];
  const sum = parts.pop();
  const [given, storeId, epoch, filterHash, ...places] = parts;
  if (given !== version) throw malformed('is not a cursor of this version');
  if (sum !== checksum(text.slice(0, text.length - sum!.length - 1))) throw malformed('is damaged');
  if (!storeId || !epoch || !filterHash || places.length === 0) throw malformed('is incomplete');
  return { storeId, epoch, filterHash, places: new Map(places.map(decodePlace)) };
}

function decodePlace(text: string): [number, Place] {
  const [partition, position, check, ...rest] = text.split('~');
  const numbers = [Number(partition), Number(position)] as const;
  if (check === undefined || rest.length > 0 || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw malformed('is damaged');
  }
  return [numbers[0], { position: numbers[1], check }];
}

function malformed(what: string): Error {
  return invalid('cursor', `${what}; use a cursor as a stream gave it`);
}

/** Finds text that was cut or mistyped; FNV-1a. A place that was made up shows by its check. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
