import { DeliverySchema, MessageSchema } from '@trackside/client/gen/trackside/v1/queue_service_pb.js';
import { defined } from '../defined.js';
import { CommandError } from '../exit.js';
import { objectLine } from '../json.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { harmless } from '../paint.js';
import { withServer } from '../server.js';
import { durationOf } from '../time.js';
import { rawValue, shortValue } from '../values.js';

export interface PopOptions extends CommonOptions {
  /** How long to wait for a message, in milliseconds. */
  readonly wait?: number;
}

export interface ClaimOptions extends PopOptions {
  readonly max: number;
  /** In milliseconds. */
  readonly lease?: number;
  readonly owner?: string;
}

/** `trackside queue pop QUEUE`: takes a message for good, and prints its value as it is. */
export async function pop(queueId: string, { address, json, wait }: PopOptions): Promise<void> {
  const { stdout } = process;
  const write = writerOf(stdout);
  await withServer(address, async ({ queue }) => {
    const { message } = await queue.popMessage({ queueId, ...waiting(wait) });
    if (!message) throw nothingReady(queueId);
    await write(json ? objectLine(MessageSchema, message) : rawValue(message.value, stdout));
  });
}

/** `trackside queue claim QUEUE`: claims messages, and prints their receipts. */
export async function claim(queueId: string, options: ClaimOptions): Promise<void> {
  const { address, json, max: maxMessages, owner = '' } = options;
  const write = writerOf(process.stdout);
  await withServer(address, async ({ queue }) => {
    const request = { queueId, maxMessages, owner, ...defined({ lease: durationOf(options.lease) }) };
    const { deliveries } = await queue.claimMessages({ ...request, ...waiting(options.wait) });
    if (deliveries.length === 0) throw nothingReady(queueId);
    const lines = deliveries.map((delivery) =>
      json
        ? objectLine(DeliverySchema, delivery)
        : `${delivery.receipt}  ${harmless(shortValue(delivery.message?.value))}\n`,
    );
    await write(lines.join(''));
  });
}

function waiting(wait: number | undefined) {
  return defined({ waitDuration: durationOf(wait) });
}

function nothingReady(queueId: string): CommandError {
  return new CommandError(`no message is ready in queue ${JSON.stringify(queueId)}`);
}
