import type { DescEnum, DescField, DescMessage, MessageShape } from '@bufbuild/protobuf';
import { toJson } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import {
  type Duration,
  durationMs,
  FeatureSet_FieldPresence as Presence,
  type Timestamp,
  TimestampSchema,
} from '@bufbuild/protobuf/wkt';

/** What an object has besides a message's members. */
type Extra = Readonly<Record<string, string | number | bigint>>;

/** A message as an object on a line of its own. */
export function objectLine<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  extra?: Extra,
): string {
  return `${objectOf(schema, message, extra)}\n`;
}

/**
 * A message as a JSON object with the API's names: whole numbers to the last digit, times in ISO 8601, spans in
 * milliseconds under their name with `_ms`, bytes in base64, an enum's values in lower case without its name; what
 * is unset has no member. `extra` comes first.
 */
export function objectOf<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  extra: Extra = {},
): string {
  const first = Object.entries(extra).map(([name, value]) => memberText(name, scalarText(value)));
  return objectText([...first, ...membersOf(reflect(schema, message))]);
}

function membersOf(message: ReflectMessage): string[] {
  const told = message.fields.filter((field) => message.isSet(field) || isZero(field));
  return told.map((field) => memberText(nameOf(field), fieldText(field, message.get(field))));
}

/** Whether a field that isn't set has a value nevertheless: 0, false, nothing. An enum's zero is no value. */
function isZero({ presence, fieldKind }: DescField): boolean {
  return presence === Presence.IMPLICIT && fieldKind !== 'enum';
}

function nameOf({ name, message }: DescField): string {
  return message?.typeName === 'google.protobuf.Duration' ? `${name}_ms` : name;
}

function fieldText(field: DescField, value: unknown): string {
  if (field.fieldKind === 'list') {
    return `[${[...(value as Iterable<unknown>)].map((item) => valueText(field, item)).join(',')}]`;
  }
  return valueText(field, value);
}

function valueText(field: DescField, value: unknown): string {
  if (field.message) return messageText(value as ReflectMessage);
  if (field.enum) return JSON.stringify(enumText(field.enum, value as number));
  return scalarText(value);
}

function messageText(value: ReflectMessage): string {
  const { message, desc } = value;
  if (desc.typeName === 'google.protobuf.Duration') return `${durationMs(message as Duration)}`;
  if (desc.typeName === 'google.protobuf.Timestamp') {
    return JSON.stringify(toJson(TimestampSchema, message as Timestamp));
  }
  return objectText(membersOf(value));
}

/** A value of an enum as a word: `in_flight`. */
export function enumText({ value, sharedPrefix = '' }: DescEnum, number: number): string {
  return value[number]?.name.slice(sharedPrefix.length).toLowerCase() ?? `${number}`;
}

function scalarText(value: unknown): string {
  if (typeof value === 'bigint') return `${value}`;
  return JSON.stringify(value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value);
}

function memberText(name: string, text: string): string {
  return `${JSON.stringify(name)}:${text}`;
}

function objectText(members: readonly string[]): string {
  return `{${members.join(',')}}`;
}
