import {
  type Message,
  MessageSchema,
  type Queue,
  QueueSchema,
} from '@trackside/client/gen/trackside/v1/queue_service_pb.js';
import { objectLine } from '../json.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { pagesOf } from '../pages.js';
import { paintFor } from '../paint.js';
import { withServer } from '../server.js';
import { listing, tableOf } from '../table.js';
import { spanText, timeText } from '../time.js';
import { shortValue } from '../values.js';
import { type StateName, stateOf } from './states.js';

export interface ListOptions extends CommonOptions {
  readonly prefix?: string;
}

export interface PeekOptions extends CommonOptions {
  readonly state: StateName;
  readonly limit: number;
}

/** `trackside queue list`: prints the queues that have messages. */
export async function list({ address, json, prefix = '' }: ListOptions): Promise<void> {
  const write = writerOf(process.stdout);
  const names = ['QUEUE', 'READY', 'IN FLIGHT', 'DELAYED', 'PARKED', 'OLDEST'];
  const table = tableOf(names, paintFor(process.stdout));
  await withServer(address, async ({ queue }) => {
    const pages = pagesOf((pageToken) =>
      queue.listQueues({ queueIdPrefix: prefix, pageSize: 1000, pageToken }),
    );
    for await (const { queues } of pages) {
      const lines = queues.map((queue) => objectLine(QueueSchema, queue));
      await write(json ? lines.join('') : table(queues.map(queueRow)));
    }
  });
}

/** `trackside queue show QUEUE`: prints what a queue has. */
export async function show(queueId: string, { address, json }: CommonOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, async (connection) => {
    const { queue } = await connection.queue.getQueue({ queueId });
    await write(json ? objectLine(QueueSchema, queue!) : described(queue!));
  });
}

/** `trackside queue peek QUEUE`: prints messages and leaves them where they are. */
export async function peek(queueId: string, options: PeekOptions): Promise<void> {
  const write = writerOf(process.stdout);
  const table = tableOf(['MESSAGE', 'PUSHED', 'ATTEMPTS', 'GROUP', 'VALUE'], paintFor(process.stdout));
  let left = options.limit;
  const pageSize = Math.min(left, 1000);
  await withServer(options.address, async ({ queue }) => {
    const pages = pagesOf((pageToken) =>
      queue.peekMessages({ queueId, state: stateOf(options.state), pageSize, pageToken }),
    );
    for await (const page of pages) {
      const messages = page.messages.slice(0, left);
      const lines = messages.map((message) => objectLine(MessageSchema, message));
      await write(options.json ? lines.join('') : table(messages.map(messageRow)));
      left -= messages.length;
      if (left === 0) return;
    }
  });
}

function queueRow(queue: Queue): string[] {
  const { queueId, ready, inFlight, delayed, parked, oldestAge } = queue;
  return [queueId, `${ready}`, `${inFlight}`, `${delayed}`, `${parked}`, spanText(oldestAge)];
}

function messageRow({ messageId, pushTime, attempts, maxAttempts, groupId, value }: Message): string[] {
  return [messageId, timeText(pushTime), `${attempts} of ${maxAttempts}`, groupId, shortValue(value)];
}

function described({ ready, inFlight, delayed, parked, oldestPushTime, oldestAge }: Queue): string {
  const oldest = oldestAge ? [['oldest', `${spanText(oldestAge)} ago, ${timeText(oldestPushTime)}`]] : [];
  return listing([
    ['ready', `${ready}`],
    ['in flight', `${inFlight}`],
    ['delayed', `${delayed}`],
    ['parked', `${parked}`],
    ...oldest,
  ]);
}
