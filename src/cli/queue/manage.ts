import {
  PurgeQueueResponseSchema,
  ReplayParkedMessagesResponseSchema,
} from '@trackside/client/gen/trackside/v1/queue_service_pb.js';
import { objectLine } from '../json.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { withServer } from '../server.js';
import { type StateName, stateOf } from './states.js';

export interface PurgeOptions extends CommonOptions {
  /** All where there is none. */
  readonly state?: readonly StateName[];
}

/** `trackside queue purge QUEUE`: removes messages. */
export async function purge(queueId: string, { address, json, state = [] }: PurgeOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, async ({ queue }) => {
    const response = await queue.purgeQueue({ queueId, states: state.map(stateOf) });
    await write(json ? objectLine(PurgeQueueResponseSchema, response) : `purged ${response.purged}\n`);
  });
}

/** `trackside queue replay QUEUE [MESSAGE_ID…]`: has parked messages delivered again. */
export async function replay(
  queueId: string,
  messageIds: string[],
  { address, json }: CommonOptions,
): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, async ({ queue }) => {
    const response = await queue.replayParkedMessages({ queueId, messageIds });
    await write(
      json ? objectLine(ReplayParkedMessagesResponseSchema, response) : `replayed ${response.replayed}\n`,
    );
  });
}
