import {
  ClaimEndSchema,
  type ClaimResult,
  ClaimResultSchema,
} from '@trackside/client/gen/trackside/v1/queue_service_pb.js';
import { defined } from '../defined.js';
import { CommandError } from '../exit.js';
import { enumText, objectLine } from '../json.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { withServer } from '../server.js';
import { durationOf } from '../time.js';

export interface NackOptions extends CommonOptions {
  /** Until the messages may be claimed again, in milliseconds. */
  readonly delay?: number;
}

/** `trackside queue ack QUEUE RECEIPT…`: messages are done. */
export async function ack(queueId: string, receipts: string[], options: CommonOptions): Promise<void> {
  await withServer(options.address, async ({ queue }) => {
    const { results } = await queue.ackMessages({ queueId, receipts });
    await tell(receipts, results, options.json);
  });
}

/** `trackside queue nack QUEUE RECEIPT…`: messages go back to their places. */
export async function nack(queueId: string, receipts: string[], options: NackOptions): Promise<void> {
  await withServer(options.address, async ({ queue }) => {
    const delay = defined({ delay: durationOf(options.delay) });
    const { results } = await queue.nackMessages({ queueId, receipts, ...delay });
    await tell(receipts, results, options.json);
  });
}

/** Prints what became of claims where that is asked for; fails where one had ended before. */
async function tell(
  receipts: readonly string[],
  results: readonly ClaimResult[],
  json: boolean | undefined,
): Promise<void> {
  if (json) {
    const write = writerOf(process.stdout);
    const lines = results.map((result, i) =>
      objectLine(ClaimResultSchema, result, { receipt: receipts[i]! }),
    );
    await write(lines.join(''));
  }
  const ended = results.flatMap(({ done, cause }, i) =>
    done ? [] : [`claim ${receipts[i]} had ended: ${enumText(ClaimEndSchema, cause)}`],
  );
  if (ended.length > 0) throw new CommandError(ended.join('\n'));
}
