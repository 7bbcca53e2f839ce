import { CommandError, exitCode } from './exit.js';
import type { Write } from './output.js';
import { pagesOf } from './pages.js';
import { harmless } from './paint.js';

interface KeyPage {
  readonly keys: readonly string[];
  readonly nextPageToken: string;
}

/** Prints keys, one on a line. */
export async function printKeys(
  write: Write,
  json: boolean | undefined,
  list: (pageToken: string) => Promise<KeyPage>,
): Promise<void> {
  const line = (key: string) => `${json ? JSON.stringify({ key }) : harmless(key)}\n`;
  for await (const { keys } of pagesOf(list)) await write(keys.map(line).join(''));
}

/** What to clear: the keys that begin with a prefix, or all where that is said. */
export function scopeOf(prefix: string | undefined, all: boolean | undefined) {
  if (all && prefix === undefined) return { case: 'all', value: {} } as const;
  if (!all && prefix) return { case: 'keyPrefix', value: prefix } as const;
  throw new CommandError('say what to clear: a PREFIX that is not empty, or --all', exitCode.usage);
}
