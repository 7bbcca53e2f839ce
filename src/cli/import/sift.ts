import { checkObject } from '../../json/check.js';
import { eventTypes } from '../../rasa/events.js';
import { withoutNaN } from '../../rasa/nan.js';
import type { StoredConversation, StoredEvent } from '../../rasa/source.js';
import { type DumpedConversation, type DumpedEvent, readEvent } from '../append/dump.js';
import type { Time } from '../append/time.js';
import type { Oddities, OddKind } from './oddities.js';

// What the API takes; a server may be set to take less.
const maxIdBytes = 512;
const maxTypeBytes = 128;
const maxNameBytes = 1024;
const maxDepth = 100;
const maxEventBytes = 1024 * 1024;
const overhead = 32;

/** Control characters, and halves of surrogate pairs. */
const control = /[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/u;

/** Makes of what Rasa stored what Trackside takes, and notes what is odd. Undefined where nothing is left. */
export function sift(
  { id, events, fault, expires }: StoredConversation,
  source: string,
  odd: Oddities,
): DumpedConversation | undefined {
  const subject = `conversation ${JSON.stringify(id)}`;
  const problem = fault ?? problemOf(id);
  if (problem !== undefined) {
    odd.add('unreadable', `${subject}: ${problem}`);
    return undefined;
  }
  if (expires) odd.add('expiring', subject);
  if (events.length === 0) odd.add('empty', subject);
  const sifted = siftEvents(events, (kind, { place }, why) => {
    odd.add(kind, `${subject}, ${place}${why === undefined ? '' : `: ${why}`}`);
  });
  return sifted.length === 0 ? undefined : { place: source, conversationId: id, events: sifted };
}

function problemOf(id: string): string | undefined {
  if (id === '') return 'it has no id';
  if (Buffer.byteLength(id) > maxIdBytes) return `its id is longer than ${maxIdBytes} bytes`;
  return control.test(id) ? 'its id has control characters' : undefined;
}

type Note = (kind: OddKind, event: StoredEvent, why?: string) => void;

function siftEvents(events: readonly StoredEvent[], note: Note): DumpedEvent[] {
  const kept: DumpedEvent[] = [];
  const seen = new Set<string>();
  const noteTime = clock(note);
  for (const stored of events) {
    const event = parse(stored, note);
    if (!event) continue;
    // Rasa's stores save an event once more where a tracker is saved that they didn't hand out.
    if (event.eventTime && seen.has(stored.text)) {
      note('duplicate', stored);
      continue;
    }
    seen.add(stored.text);
    noteTime(stored, event);
    kept.push(event);
  }
  return kept;
}

function parse(stored: StoredEvent, note: Note): DumpedEvent | undefined {
  const text = withoutNaN(stored.text);
  const fault = checkObject(text, Number.POSITIVE_INFINITY);
  const event = fault ?? readEvent(text);
  if (typeof event === 'string' || Buffer.byteLength(event.type) > maxTypeBytes || control.test(event.type)) {
    note('unreadable', stored, typeof event === 'string' ? event : 'its type is no word');
    return undefined;
  }
  const isNamed = Buffer.byteLength(event.name) <= maxNameBytes && !control.test(event.name);
  const name = isNamed ? event.name : '';
  const bytes = event.bytes + Buffer.byteLength(event.type) + Buffer.byteLength(name) + overhead;
  if (bytes > maxEventBytes || checkObject(text, maxDepth) !== undefined) {
    note('too_large', stored, `${event.bytes} bytes`);
    return undefined;
  }
  if (!isNamed) note('unnamed', stored);
  if (text !== stored.text) note('not_a_number', stored);
  if (!eventTypes.has(event.type)) note('unknown_type', stored, event.type);
  const eventTime = event.eventTime && isInRange(event.eventTime) ? event.eventTime : undefined;
  if (!eventTime) note('untimed', stored);
  return { ...event, name, eventTime };
}

/** Notes the events whose time is before that of their session or of the event before them. */
function clock(note: Note): (stored: StoredEvent, event: DumpedEvent) => void {
  let session: Time | undefined;
  let latest: Time | undefined;
  return (stored, { type, eventTime }) => {
    if (!eventTime) return;
    if (type === 'session_started') session = eventTime;
    if (isBefore(eventTime, session)) note('before_session', stored);
    else if (isBefore(eventTime, latest)) note('time_backwards', stored);
    latest = eventTime;
  };
}

/** Whether the time's microseconds are a number to the last digit: years 1690 to 2250. */
function isInRange({ seconds, nanos }: Time): boolean {
  return Number.isSafeInteger(Number(seconds) * 1_000_000 + nanos / 1_000);
}

function isBefore(time: Time, other: Time | undefined): boolean {
  if (!other) return false;
  return time.seconds === other.seconds ? time.nanos < other.nanos : time.seconds < other.seconds;
}
