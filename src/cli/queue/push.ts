import { PushMessagesResponse_PushResultSchema as PushResultSchema } from '@trackside/client/gen/trackside/v1/queue_service_pb.js';
import { type ManyOptions, sendAll } from '../batches.js';
import { defined } from '../defined.js';
import { objectLine } from '../json.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { withServer } from '../server.js';
import { durationOf } from '../time.js';

export interface PushOptions extends CommonOptions, ManyOptions {
  readonly group?: string;
  readonly dedupId?: string;
  /** In milliseconds. */
  readonly delay?: number;
  readonly maxAttempts?: number;
}

/** `trackside queue push QUEUE [VALUE]`: pushes messages, and prints their ids. */
export async function push(
  queueId: string,
  argument: string | undefined,
  options: PushOptions,
): Promise<void> {
  const write = writerOf(process.stdout);
  const { group: groupId = '', dedupId = '', maxAttempts = 0 } = options;
  const common = { groupId, dedupId, maxAttempts, ...defined({ delay: durationOf(options.delay) }) };
  await withServer(options.address, ({ queue }) =>
    sendAll(argument, options, async (values, requestId) => {
      const messages = values.map((value) => ({ ...common, value }));
      const { results } = await queue.pushMessages({ queueId, messages, requestId });
      const lines = results.map((result) => {
        if (options.json) return objectLine(PushResultSchema, result);
        return `${result.messageId}${result.refused ? ' refused' : ''}\n`;
      });
      await write(lines.join(''));
    }),
  );
}
