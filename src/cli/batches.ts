import { randomUUID } from 'node:crypto';
import { retrying } from '@trackside/client';
import { CommandError, exitCode } from './exit.js';
import { openInput } from './input.js';
import { linesOf } from './lines.js';
import { told } from './server.js';
import { jsonOf, jsonValue, type NewValue, readValue, type ValueOptions, withoutLineEnd } from './values.js';

/** How a command line gives one value, or many. */
export interface ManyOptions extends ValueOptions {
  readonly address: string;
  /** Each line of standard input is a value. */
  readonly lines?: boolean;
  readonly requestId?: string;
}

/** Sends values under a request id; a repeat does nothing more. */
export type Send = (values: readonly NewValue[], requestId: string) => Promise<void>;

const maxValues = 1000;
/** Half of what a request may have, so that all but a value of that size find room. */
const maxBytes = 512 * 1024;
/** How long a server may be away. */
const patienceMs = 30_000;

/** Sends the value that a command line gives, or standard input's lines in batches, each batch under its own id. */
export async function sendAll(argument: string | undefined, options: ManyOptions, send: Send): Promise<void> {
  const { requestId = randomUUID() } = options;
  const trying: Send = (values, id) => retrying(() => send(values, id), patienceMs);
  if (!options.lines) return trying([await readValue(argument, options)], requestId);
  let sent = 0;
  try {
    for await (const batch of batchesOf(argument, options)) {
      await trying(batch, `${requestId}-${sent}`);
      sent += batch.length;
    }
  } catch (error) {
    throw stopped(told(error, options.address), sent, requestId);
  }
}

/** Standard input's lines as values, as many together as one request should have. */
async function* batchesOf(
  argument: string | undefined,
  { text, bytes }: ValueOptions,
): AsyncGenerator<readonly NewValue[]> {
  if (bytes !== undefined || (argument ?? '-') !== '-') {
    throw new CommandError('--lines reads standard input: leave VALUE and --bytes out', exitCode.usage);
  }
  const { stream, name } = await openInput(argument);
  let batch: NewValue[] = [];
  let size = 0;
  for await (const line of linesOf(stream, name)) {
    const json = jsonOf(withoutLineEnd(line.text), text, line.place);
    const length = Buffer.byteLength(json);
    if (batch.length === maxValues || (batch.length > 0 && size + length > maxBytes)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(jsonValue(json));
    size += length;
  }
  if (batch.length > 0) yield batch;
}

function stopped(error: unknown, sent: number, requestId: string): unknown {
  if (!(error instanceof CommandError) || sent === 0) return error;
  const advice = `with --request-id ${requestId} a repeat doesn't send them again`;
  return new CommandError(`${error.message}\nstopped after ${sent} lines; ${advice}`, error.exitCode);
}
