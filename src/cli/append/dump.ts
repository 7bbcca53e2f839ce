import { checkObject } from '../../json/check.js';
import { elements, member } from '../../json/slice.js';
import { CommandError } from '../exit.js';
import type { Line } from '../lines.js';
import { type Time, timeOf } from './time.js';

/** An event of the dump. */
export interface DumpedEvent {
  readonly type: string;
  readonly name: string;
  /** Undefined where the event has no timestamp. */
  readonly eventTime: Time | undefined;
  /** The event's text as it stands in the line. */
  readonly data: string;
  /** The text's length in UTF-8. */
  readonly bytes: number;
}

/** A line of Rasa's dump format. */
export interface DumpedConversation {
  /** `FILE:NUMBER` of the line, for messages. */
  readonly place: string;
  readonly conversationId: string;
  readonly events: readonly DumpedEvent[];
}

/** Reads `{"sender_id": "…", "events": [{"event": "…", …}, …]}`. A CommandError says what is wrong with a line. */
export function parseConversation({ place, text }: Line): DumpedConversation {
  const fail = (what: string): never => {
    throw new CommandError(`${place}: ${what}`);
  };
  const problem = checkObject(text, Number.POSITIVE_INFINITY);
  if (problem !== undefined) return fail(`the line ${problem}`);
  const conversationId = stringIn(member(text, 'sender_id'));
  if (!conversationId) return fail('"sender_id" must be a string that is not empty');
  if (/\p{Surrogate}/u.test(conversationId)) return fail('"sender_id" contains half of a surrogate pair');
  const events = member(text, 'events');
  if (!events?.startsWith('[')) return fail('"events" must be an array');
  return {
    place,
    conversationId,
    events: elements(events).map((text, index) => {
      const event = checkedEvent(text);
      return typeof event === 'string' ? fail(`events[${index}] ${event}`) : event;
    }),
  };
}

/** Reads an event from the text of an object; what is wrong with it where there is no reading it. */
export function readEvent(text: string): DumpedEvent | string {
  const type = stringIn(member(text, 'event'));
  if (!type) return 'must have a string "event" that is not empty';
  const eventTime = timeOf(member(text, 'timestamp') ?? 'null');
  const name = stringIn(member(text, 'name')) ?? '';
  return { type, name, eventTime, data: text, bytes: Buffer.byteLength(text) };
}

/** A dump's event that is as it must be; else what is wrong with it. */
function checkedEvent(text: string): DumpedEvent | string {
  if (!text.startsWith('{')) return 'must be an object';
  const event = readEvent(text);
  const isTimed =
    typeof event === 'string' || event.eventTime || (member(text, 'timestamp') ?? 'null') === 'null';
  return isTimed ? event : 'must have a "timestamp" in seconds, years 1 to 9999';
}

/** The string that a JSON text stands for; undefined where it isn't one. */
function stringIn(text: string | undefined): string | undefined {
  return text?.startsWith('"') ? (JSON.parse(text) as string) : undefined;
}
