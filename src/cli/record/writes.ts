import {
  AppendItemsResponseSchema,
  ClearRecordsResponseSchema,
  DeleteRecordResponseSchema,
  SetRecordResponseSchema,
} from '@trackside/client/gen/trackside/v1/record_service_pb.js';
import { type ManyOptions, sendAll } from '../batches.js';
import { objectLine } from '../json.js';
import { scopeOf } from '../keys.js';
import type { ClearOptions, CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { withServer } from '../server.js';
import { readValue, type ValueOptions } from '../values.js';

/** What must be true of a key to be written. */
export type Condition = 'absent' | 'present' | { readonly version: bigint };

export interface SetOptions extends CommonOptions, ValueOptions {
  readonly if?: Condition;
}

export interface DeleteOptions extends CommonOptions {
  readonly if?: { readonly version: bigint };
}

/** `trackside record set KEY [VALUE]`: writes a value, and prints its version. */
export async function set(key: string, argument: string | undefined, options: SetOptions): Promise<void> {
  const write = writerOf(process.stdout);
  const value = await readValue(argument, options);
  await withServer(options.address, async ({ record }) => {
    const response = await record.setRecord({ key, value, ...conditionOf(options.if) });
    await write(
      options.json ? objectLine(SetRecordResponseSchema, response, { key }) : `${response.version}\n`,
    );
  });
}

/** `trackside record delete KEY`: removes a value or a list; none to remove is as good. */
export async function remove(key: string, { address, json, if: condition }: DeleteOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, async ({ record }) => {
    const response = await record.deleteRecord({ key, ...condition });
    await write(
      json
        ? objectLine(DeleteRecordResponseSchema, response, { key })
        : `deleted ${Number(response.deleted)}\n`,
    );
  });
}

/** `trackside record clear [PREFIX]`: removes many values and lists. */
export async function clear(prefix: string | undefined, options: ClearOptions): Promise<void> {
  const write = writerOf(process.stdout);
  const scope = scopeOf(prefix, options.all);
  await withServer(options.address, async ({ record }) => {
    const response = await record.clearRecords({ scope });
    await write(
      options.json ? objectLine(ClearRecordsResponseSchema, response) : `cleared ${response.cleared}\n`,
    );
  });
}

/** `trackside record append KEY [VALUE]`: appends to a list, and prints how many items it has. */
export async function append(
  key: string,
  argument: string | undefined,
  options: CommonOptions & ManyOptions,
): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(options.address, ({ record }) =>
    sendAll(argument, options, async (items, requestId) => {
      const response = await record.appendItems({ key, items: [...items], requestId });
      await write(
        options.json ? objectLine(AppendItemsResponseSchema, response, { key }) : `${response.count}\n`,
      );
    }),
  );
}

function conditionOf(condition: Condition | undefined) {
  if (condition === undefined) return {};
  if (typeof condition === 'string') return { condition: { case: condition, value: {} } as const };
  return { condition: { case: 'version', value: condition.version } as const };
}
