import { EntrySchema } from '@trackside/client/gen/trackside/v1/cache_service_pb.js';
import { CommandError } from '../exit.js';
import { objectLine } from '../json.js';
import { printKeys } from '../keys.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { withServer } from '../server.js';
import { rawValue } from '../values.js';

/** `trackside cache get KEY`: prints a value as it is. */
export async function get(key: string, { address, json }: CommonOptions): Promise<void> {
  const { stdout } = process;
  const write = writerOf(stdout);
  await withServer(address, async ({ cache }) => {
    const { entry } = await cache.getEntry({ key });
    if (!entry) throw absent(key);
    await write(json ? objectLine(EntrySchema, entry, { key }) : rawValue(entry.value, stdout));
  });
}

/** `trackside cache list [PATTERN]`: prints keys. */
export async function list(pattern: string | undefined, { address, json }: CommonOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, ({ cache }) =>
    printKeys(write, json, (pageToken) =>
      cache.listEntryKeys({ pattern: pattern ?? '', pageSize: 1000, pageToken }),
    ),
  );
}

/** What a key without an entry is told with. */
export function absent(key: string): CommandError {
  return new CommandError(`no entry ${JSON.stringify(key)}`);
}
