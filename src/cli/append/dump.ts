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
    events: elements(events).map((event, index) =>
      parseEvent(event, (what) => fail(`events[${index}] ${what}`)),
    ),
  };
}

function parseEvent(text: string, fail: (what: string) => never): DumpedEvent {
  if (!text.startsWith('{')) return fail('must be an object');
  const type = stringIn(member(text, 'event'));
  if (!type) return fail('must have a string "event" that is not empty');
  const timestamp = member(text, 'timestamp') ?? 'null';
  const eventTime = timestamp === 'null' ? undefined : timeOf(timestamp);
  if (timestamp !== 'null' && !eventTime) return fail('must have a "timestamp" in seconds, years 1 to 9999');
  const name = stringIn(member(text, 'name')) ?? '';
  return { type, name, eventTime, data: text, bytes: Buffer.byteLength(text) };
}

/** The string that a JSON text stands for; undefined where it isn't one. */
function stringIn(text: string | undefined): string | undefined {
  return text?.startsWith('"') ? (JSON.parse(text) as string) : undefined;
}
