import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Value, ValueSchema } from '@trackside/client/gen/trackside/v1/value_pb.js';
import { checkJson } from '../json/check.js';
import { CommandError, exitCode } from './exit.js';
import { readInput } from './input.js';
import { harmless, shortened } from './paint.js';

/** A value as a request takes it. */
export type NewValue = MessageInitShape<typeof ValueSchema>;

/** How a command line gives a value. */
export interface ValueOptions {
  /** What is given is a text, to be kept as a JSON string. */
  readonly text?: boolean;
  /** The file whose bytes are the value; `-` for standard input. */
  readonly bytes?: string;
}

/** The value that a command line gives: its argument, standard input for `-` or where there is none, or a file. */
export async function readValue(argument: string | undefined, options: ValueOptions): Promise<NewValue> {
  const { text, bytes } = options;
  if (bytes !== undefined) {
    if (argument !== undefined) throw new CommandError('give VALUE or --bytes, not both', exitCode.usage);
    return { kind: { case: 'bytes', value: (await readInput(bytes)).bytes } };
  }
  if (argument !== undefined && argument !== '-') return jsonValue(jsonOf(argument, text, 'VALUE'));
  const input = await readInput(argument);
  return jsonValue(jsonOf(withoutLineEnd(input.text()), text, input.name));
}

/** JSON as it is given, or a text as a JSON string. A CommandError says where a text isn't JSON. */
export function jsonOf(given: string, isText: boolean | undefined, place: string): string {
  if (isText) return JSON.stringify(given);
  const problem = checkJson(given, Number.POSITIVE_INFINITY);
  if (problem === undefined) return given;
  throw new CommandError(`${place}: ${problem}; with --text it is taken as a text`);
}

export function jsonValue(json: string): NewValue {
  return { kind: { case: 'json', value: json } };
}

/** Without the line end that most programs write behind what they print. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/**
 * A value as it is, a JSON text with a line end behind it. On a terminal, what would steer it is written as
 * escapes.
 */
export function rawValue(
  value: Value | undefined,
  stream: { readonly isTTY?: boolean },
): string | Uint8Array {
  const kind = value?.kind;
  if (kind?.case === 'bytes' && !stream.isTTY) return kind.value;
  const text = kind?.case === 'bytes' ? Buffer.from(kind.value).toString() : (kind?.value ?? '');
  return `${stream.isTTY ? text.split('\n').map(harmless).join('\n') : text}\n`;
}

/** A value on a line, cut where it is long. */
export function shortValue(value: Value | undefined): string {
  const kind = value?.kind;
  return kind?.case === 'bytes' ? `<${kind.value.length} bytes>` : shortened(kind?.value ?? '');
}
