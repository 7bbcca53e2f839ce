import { nextCheck } from '../check.js';
import type { Micros } from '../ports/common.js';
import type {
  AppendResult,
  ErasureEntry,
  LogEntry,
  LogLimit,
  LogPage,
  Place,
  RecordedEvent,
} from '../ports/tracker.js';
import { entryBytes } from '../size.js';
import { type Life, visibleEvent } from './conversation.js';

interface Stored {
  readonly check: string;
  readonly conversationId: string;
}

interface StoredAppend extends Stored {
  readonly result: AppendResult;
  readonly life: Life;
}

interface StoredErasure extends Stored {
  readonly entry: ErasureEntry;
  readonly storeTime: Micros;
}

/** One partition's entries. */
export interface Log {
  readonly entries: (StoredAppend | StoredErasure)[];
  trimmed: Place;
  end: Place;
  lastTime: Micros;
}

export function newLog(): Log {
  const origin = { position: 0, check: '' };
  return { entries: [], trimmed: origin, end: origin, lastTime: 0 };
}

/** The time of the next entry: the clock's, but never before the last one's. */
export function tick(log: Log): Micros {
  log.lastTime = Math.max(log.lastTime, Date.now() * 1000);
  return log.lastTime;
}

export function pushAppend(
  log: Log,
  append: { readonly conversationId: string; readonly appendId: string; readonly digest: string },
  life: Life,
  result: AppendResult,
): void {
  const { conversationId } = append;
  const check = nextCheck(log.end.check, 'append', conversationId, append.appendId, append.digest);
  log.entries.push({ check, conversationId, result, life });
  log.end = { position: result.lastPosition, check };
}

export function pushErasure(
  log: Log,
  erasure: { readonly conversationId: string; readonly requestId: string; readonly digest: string },
  named: Pick<ErasureEntry, 'ranges' | 'deleted'>,
): ErasureEntry {
  const { conversationId } = erasure;
  const check = nextCheck(log.end.check, 'erase', conversationId, erasure.requestId, erasure.digest);
  const position = log.end.position + 1;
  const entry: ErasureEntry = { kind: 'erasure', first: position, position, check, conversationId, ...named };
  log.entries.push({ check, conversationId, entry, storeTime: tick(log) });
  log.end = { position, check };
  return entry;
}

/** The check where an entry ends within the history that the feed can show. */
export function checkAt(log: Log, position: number): string | undefined {
  const place = placeBefore(log, indexBehind(log, position));
  return place.position === position ? place.check : undefined;
}

/** Reads whole entries behind a place, none where no entry ends there. */
export function readPage(log: Log, epoch: string, after: number, limit: LogLimit): LogPage {
  const { trimmed, end } = log;
  let index = indexBehind(log, after);
  const before = placeBefore(log, index);
  if (before.position !== after) return { epoch, trimmed, forgotten: 0, end, check: undefined, entries: [] };
  const entries: LogEntry[] = [];
  let events = 0;
  let bytes = 0;
  for (; index < log.entries.length; index++) {
    const entry = show(log.entries[index]!);
    events += entry.kind === 'append' ? Math.max(entry.events.length, 1) : 1;
    bytes += entryBytes(entry);
    if (entries.length > 0 && (events > limit.maxEvents || bytes > limit.maxBytes)) break;
    entries.push(entry);
  }
  return { epoch, trimmed, forgotten: 0, end, check: before.check, entries };
}

/** The place before the first entry stored at or after a time. */
export function placeAt(log: Log, time: Micros): Place {
  return placeBefore(
    log,
    firstIndex(log, (entry) => timeOf(entry) >= time),
  );
}

/** Drops the entries that end at or before a position. */
export function trimLog(log: Log, position: number): void {
  const index = indexBehind(log, position);
  log.trimmed = placeBefore(log, index);
  log.entries.splice(0, index);
}

function show(stored: StoredAppend | StoredErasure): LogEntry {
  if ('entry' in stored) return stored.entry;
  const { check, conversationId, result, life } = stored;
  const events: RecordedEvent[] = [];
  for (let sequence = result.firstSequence; sequence <= result.lastSequence; sequence++) {
    const event = visibleEvent(life, sequence);
    if (event) events.push(event);
  }
  const { firstPosition: first, lastPosition: position } = result;
  return { kind: 'append', first, position, check, conversationId, events };
}

function placeBefore(log: Log, index: number): Place {
  const stored = log.entries[index - 1];
  return stored ? { position: lastPosition(stored), check: stored.check } : log.trimmed;
}

function indexBehind(log: Log, position: number): number {
  return firstIndex(log, (entry) => lastPosition(entry) > position);
}

/** The index of the first entry that holds, where those behind it hold too; the log's length where none does. */
function firstIndex(log: Log, holds: (entry: StoredAppend | StoredErasure) => boolean): number {
  let low = 0;
  let high = log.entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(log.entries[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function lastPosition(stored: StoredAppend | StoredErasure): number {
  return 'entry' in stored ? stored.entry.position : stored.result.lastPosition;
}

function timeOf(stored: StoredAppend | StoredErasure): Micros {
  return 'entry' in stored ? stored.storeTime : stored.result.storeTime;
}
