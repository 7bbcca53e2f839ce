import type { RecordedEvent } from '@trackside/client/gen/trackside/v1/event_pb.js';
import { harmless, shortened } from './paint.js';

type Json = Readonly<Record<string, unknown>>;

const known = new Set(['event', 'timestamp', 'metadata', 'name', 'text']);

/** An event as one object on a line, its data as the stored text. Without a cursor it has no such member. */
export function jsonLine(
  { conversationId, sequence, type, name, data }: RecordedEvent,
  cursor?: string,
): string {
  const event = { conversation_id: conversationId, sequence: Number(sequence), type, name, data, cursor };
  return `${JSON.stringify(event)}\n`;
}

/** What an event is about, on one line: the text said, a slot with its value, an action's name. */
export function essenceOf({ type, name, data }: RecordedEvent): string {
  const event = JSON.parse(data) as Json;
  if (type === 'user') return harmless(`${textOf(event)}${intentOf(event)}`);
  if (type === 'bot') return harmless(textOf(event) || compact(withoutEmpty(event.data)));
  if (type === 'slot') return harmless(`${name} = ${compact(event.value)}`);
  if (type === 'action') return harmless(name || String(event.action_text ?? ''));
  const rest = Object.entries(event).filter(([key]) => !known.has(key));
  const parts = [name, textOf(event), rest.length > 0 ? compact(Object.fromEntries(rest)) : ''];
  return harmless(parts.filter((part) => part !== '').join(' '));
}

function textOf({ text }: Json): string {
  return typeof text === 'string' ? text : '';
}

/** ` (greet)` behind a user's text where the NLU found an intent. */
function intentOf({ parse_data: parsed }: Json): string {
  const intent = (parsed as { intent?: { name?: unknown } } | null | undefined)?.intent?.name;
  return typeof intent === 'string' ? ` (${intent})` : '';
}

/** What a bot sent besides text: the parts that hold something. */
function withoutEmpty(parts: unknown): unknown {
  if (typeof parts !== 'object' || parts === null) return parts;
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null));
}

function compact(value: unknown): string {
  return shortened(JSON.stringify(value) ?? '');
}
