import { TextDecoder } from 'node:util';
import { CommandError } from './exit.js';

/** A line of the input. */
export interface Line {
  /** `FILE:NUMBER`, for messages. */
  readonly place: string;
  readonly text: string;
  readonly bytes: number;
}

/** The longest line that is read. */
export const maxLineBytes = 64 * 1024 * 1024;

const newline = 0x0a;

/** Splits input into its lines as it comes in, leaving blank ones out. Holds one line, never the whole input. */
export async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  source: string,
  maxBytes = maxLineBytes,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 1;
  const fail = (what: string): never => {
    throw new CommandError(`${source}:${number}: the line ${what}`);
  };
  for await (const bytes of split(input, maxBytes, () => fail(`is longer than ${maxBytes} bytes`))) {
    const text = decode(decoder, bytes) ?? fail('is not UTF-8');
    if (/\S/.test(text)) yield { place: `${source}:${number}`, text, bytes: bytes.length };
    number++;
  }
}

async function* split(
  input: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLong: () => never,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of input) {
    let start = 0;
    while (start < chunk.length) {
      const found = chunk.indexOf(newline, start);
      const end = found < 0 ? chunk.length : found + 1;
      parts.push(chunk.subarray(start, end));
      held += end - start;
      if (held > maxBytes) tooLong();
      start = end;
      if (found < 0) break;
      yield Buffer.concat(parts);
      parts = [];
      held = 0;
    }
  }
  if (held > 0) yield Buffer.concat(parts);
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
