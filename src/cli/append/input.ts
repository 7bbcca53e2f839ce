import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CommandError, exitCode } from '../exit.js';

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

/** Without the code in front and the call behind that Node writes around it. */
function plain(message: string): string {
  return message.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/, '');
}
