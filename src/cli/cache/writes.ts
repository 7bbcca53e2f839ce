import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  ClearEntriesResponseSchema,
  DeleteEntryResponseSchema,
  IncrementEntryResponseSchema,
  SetEntryResponseSchema,
  TouchEntryResponseSchema,
} from '@trackside/client/gen/trackside/v1/cache_service_pb.js';
import { CommandError } from '../exit.js';
import { objectLine } from '../json.js';
import { scopeOf } from '../keys.js';
import type { ClearOptions, CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { withServer } from '../server.js';
import { readValue, type ValueOptions } from '../values.js';
import { absent } from './reads.js';

/** The option of all that set an expiry. */
export interface ExpiryOptions extends CommonOptions {
  /** Until the entry expires, in milliseconds; never without. */
  readonly ttl?: number;
}

export interface SetOptions extends ExpiryOptions, ValueOptions {
  readonly if?: 'absent' | 'present';
}

export interface IncrementOptions extends ExpiryOptions {
  readonly by: bigint;
  readonly requestId?: string;
}

/** `trackside cache set KEY [VALUE]`: writes a value. */
export async function set(key: string, argument: string | undefined, options: SetOptions): Promise<void> {
  const write = writerOf(process.stdout);
  const value = await readValue(argument, options);
  const condition = options.if ? { condition: { case: options.if, value: {} } as const } : {};
  await withServer(options.address, async ({ cache }) => {
    const response = await cache.setEntry({ key, value, ...expiryOf(options), ...condition });
    if (options.json) await write(objectLine(SetEntryResponseSchema, response, { key }));
    if (!response.written) throw new CommandError(`entry ${JSON.stringify(key)} is not ${options.if}`);
  });
}

/** `trackside cache delete KEY`: removes an entry; none to remove is as good. */
export async function remove(key: string, { address, json }: CommonOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, async ({ cache }) => {
    const response = await cache.deleteEntry({ key });
    await write(
      json
        ? objectLine(DeleteEntryResponseSchema, response, { key })
        : `deleted ${Number(response.deleted)}\n`,
    );
  });
}

/** `trackside cache clear [PREFIX]`: removes many entries. */
export async function clear(prefix: string | undefined, options: ClearOptions): Promise<void> {
  const write = writerOf(process.stdout);
  const scope = scopeOf(prefix, options.all);
  await withServer(options.address, async ({ cache }) => {
    const response = await cache.clearEntries({ scope });
    await write(
      options.json ? objectLine(ClearEntriesResponseSchema, response) : `cleared ${response.cleared}\n`,
    );
  });
}

/** `trackside cache increment KEY`: adds to a number, and prints the sum. */
export async function increment(key: string, options: IncrementOptions): Promise<void> {
  const { by: delta, requestId = '' } = options;
  const write = writerOf(process.stdout);
  await withServer(options.address, async ({ cache }) => {
    const response = await cache.incrementEntry({ key, delta, requestId, ...expiryOf(options) });
    await write(
      options.json ? objectLine(IncrementEntryResponseSchema, response, { key }) : `${response.value}\n`,
    );
  });
}

/** `trackside cache touch KEY`: sets an entry's expiry. */
export async function touch(key: string, options: ExpiryOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(options.address, async ({ cache }) => {
    const response = await cache.touchEntry({ key, ...expiryOf(options) });
    if (options.json) await write(objectLine(TouchEntryResponseSchema, response, { key }));
    if (!response.touched) throw absent(key);
  });
}

function expiryOf({ ttl }: ExpiryOptions) {
  return ttl === undefined ? {} : { expiry: { case: 'ttl', value: durationFromMs(ttl) } as const };
}
