import { CallError, type TrackerClient } from '@trackside/client';
import {
  type Discontinuity,
  Discontinuity_Reason as Reason,
} from '@trackside/client/gen/trackside/v1/tracker_service_pb.js';
import { CommandError, exitCode } from '../exit.js';
import { type Write, writerOf } from '../output.js';
import { paintFor } from '../paint.js';
import { withServer } from '../server.js';
import { type Following, follow } from './follow.js';
import { jsonPrinter, type Printer, readablePrinter } from './print.js';
import { startOf } from './start.js';

/** The options of `trackside tail`. */
export interface TailOptions {
  readonly address: string;
  readonly start: string;
  readonly untilCaughtUp?: boolean;
  readonly json?: boolean;
  readonly conversation?: readonly string[];
  readonly prefix?: string;
  readonly type?: readonly string[];
  readonly name?: readonly string[];
}

/** `trackside tail`: prints events as they are stored, until it is told to stop. */
export async function tail(options: TailOptions): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const following: Following = {
    filter: {
      conversationIds: [...(options.conversation ?? [])],
      conversationIdPrefix: options.prefix ?? '',
      types: [...(options.type ?? [])],
      names: [...(options.name ?? [])],
    },
    start: startOf(options.start),
    signal: stop.signal,
    lost: (error) => console.error(`trackside: ${options.address}: ${lostText(error)}; trying again`),
    resumed: () => console.error(`trackside: ${options.address}: connected again, nothing was missed`),
  };
  const printer = options.json ? jsonPrinter : readablePrinter(paintFor(process.stdout));
  await withServer(options.address, async ({ tracker }) => {
    await print(tracker, following, printer, options.untilCaughtUp === true, writerOf(process.stdout));
  });
}

async function print(
  tracker: TrackerClient,
  following: Following,
  printer: Printer,
  untilCaughtUp: boolean,
  write: Write,
): Promise<void> {
  let before = '';
  for await (const item of follow(tracker, following)) {
    if (item.case === 'discontinuity') throw broken(item.value);
    if (item.case === 'events') await write(printer.batch(item.value, before));
    if (item.case === 'erased') await write(printer.erased(item.value));
    if (item.case === 'caughtUp' && untilCaughtUp) return;
    before = item.value.cursor;
  }
}

const reasons: Readonly<Record<Reason, string>> = {
  [Reason.UNSPECIFIED]: 'for a reason unknown to this version',
  [Reason.TRIMMED]: 'what comes next was removed by retention',
  [Reason.ROLLED_BACK]: 'the store lost events that were shown, as with an older copy of its file',
  [Reason.EPOCH_CHANGED]: 'the store was restored, or is a memory store that was restarted',
  [Reason.OTHER_STORE]: 'the cursor is of another store',
};

function broken({ reason, oldestCursor, endCursor }: Discontinuity): CommandError {
  const lines = [
    `the stream can't go on: ${reasons[reason] ?? reasons[Reason.UNSPECIFIED]} (${Reason[reason] ?? reason})`,
    `  from the oldest event there is: --start ${oldestCursor}`,
    `  from the next event on:         --start ${endCursor}`,
  ];
  return new CommandError(lines.join('\n'), exitCode.discontinuity);
}

function lostText(error: unknown): string {
  if (!(error instanceof CallError)) return `connection lost (${(error as Error).message})`;
  return error.reason === 'SHUTTING_DOWN' ? 'the server is stopping' : `connection lost (${error.details})`;
}
