import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CommandError, exitCode } from './exit.js';

/** What to read, its name for messages, and its size where that is known beforehand. */
export interface Input {
  readonly name: string;
  readonly stream: Readable;
  readonly bytes: number | undefined;
}

/** Opens a file, or standard input for `-` or where no file is named. */
export async function openInput(file: string | undefined): Promise<Input> {
  if (file === undefined && process.stdin.isTTY) {
    throw new CommandError('nothing to read: name a FILE, or pipe into the command', exitCode.usage);
  }
  if (file === undefined || file === '-') return { name: 'stdin', stream: process.stdin, bytes: undefined };
  try {
    const handle = await open(file);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Error('it is a directory');
    const stream = handle.createReadStream({ highWaterMark: 256 * 1024 });
    return { name: file, stream, bytes: stat.isFile() ? stat.size : undefined };
  } catch (error) {
    throw new CommandError(`can't read ${file}: ${plain((error as Error).message)}`);
  }
}

/** The whole of a file or of standard input, and its name for messages. */
export interface Content {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Fails where it isn't UTF-8. */
  text(): string;
}

/** More than a server takes with one request. */
const maxContentBytes = 4 * 1024 * 1024;

/** Reads a whole file, or standard input as `openInput` does. */
export async function readInput(file: string | undefined): Promise<Content> {
  const { name, stream } = await openInput(file);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxContentBytes) throw new CommandError(`${name} is longer than ${maxContentBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return { name, bytes, text: () => decode(bytes, name) };
}

function decode(bytes: Uint8Array, name: string): string {
  if (!isUtf8(bytes)) throw new CommandError(`${name} is not UTF-8; with --bytes it is taken as it is`);
  return Buffer.from(bytes).toString();
}

/** Without the code in front and the call behind that Node writes around it. */
function plain(message: string): string {
  return message.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/, '');
}
