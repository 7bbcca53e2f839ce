import { CallError } from '@trackside/client';
import { RecordSchema } from '@trackside/client/gen/trackside/v1/record_service_pb.js';
import { ValueSchema } from '@trackside/client/gen/trackside/v1/value_pb.js';
import { CommandError } from '../exit.js';
import { objectLine, objectOf } from '../json.js';
import { printKeys } from '../keys.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { pagesOf } from '../pages.js';
import { withServer } from '../server.js';
import { rawValue } from '../values.js';

export interface ItemsOptions extends CommonOptions {
  /** The first item's index; negative from the end. */
  readonly start: bigint;
  /** The last item's index, which is included. */
  readonly end: bigint;
}

/** `trackside record get KEY`: prints a value as it is. */
export async function get(key: string, { address, json }: CommonOptions): Promise<void> {
  const { stdout } = process;
  const write = writerOf(stdout);
  await withServer(address, async ({ record: records }) => {
    const { record } = await records.getRecord({ key }).catch((error: unknown) => {
      if (!(error instanceof CallError) || error.reason !== 'KEY_NOT_FOUND') throw error;
      throw new CommandError(`no record ${JSON.stringify(key)}`);
    });
    await write(json ? objectLine(RecordSchema, record!, { key }) : rawValue(record!.value, stdout));
  });
}

/** `trackside record list [PATTERN]`: prints keys. */
export async function list(pattern: string | undefined, { address, json }: CommonOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, ({ record }) =>
    printKeys(write, json, (pageToken) =>
      record.listRecordKeys({ pattern: pattern ?? '', pageSize: 1000, pageToken }),
    ),
  );
}

/** `trackside record items KEY`: prints a list's items as they are, one behind the other. */
export async function items(key: string, { address, json, start, end }: ItemsOptions): Promise<void> {
  const { stdout } = process;
  const write = writerOf(stdout);
  await withServer(address, async ({ record }) => {
    const pages = pagesOf((pageToken) => record.listItems({ key, start, end, pageSize: 1000, pageToken }));
    for await (const { items, firstIndex } of pages) {
      for (const [i, item] of items.entries()) {
        const index = firstIndex + BigInt(i);
        await write(
          json ? `{"index":${index},"value":${objectOf(ValueSchema, item)}}\n` : rawValue(item, stdout),
        );
      }
    }
  });
}
