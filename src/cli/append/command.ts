import type { TrackerClient } from '@trackside/client';
import { CommandError } from '../exit.js';
import { type Input, openInput } from '../input.js';
import { linesOf, maxLineBytes } from '../lines.js';
import { told, withServer } from '../server.js';
import { deliver } from './deliver.js';
import { parseConversation } from './dump.js';
import { createLanes } from './lanes.js';
import { describe, type Progress, showProgress, summarise } from './progress.js';

/** The options of `trackside append`. */
export interface AppendOptions {
  readonly address: string;
  /** How many conversations are stored at a time. */
  readonly parallel: number;
  readonly quiet?: boolean;
}

/** `trackside append [FILE]`: stores the conversations of a dump. */
export async function append(file: string | undefined, options: AppendOptions): Promise<void> {
  const input = await openInput(file);
  try {
    await withServer(options.address, ({ tracker }) => appendAll(input, tracker, options));
  } finally {
    input.stream.destroy();
  }
}

async function appendAll(input: Input, tracker: TrackerClient, options: AppendOptions): Promise<void> {
  const progress: Progress = { conversations: 0, stored: 0, alreadyThere: 0, bytes: 0 };
  const hide = options.quiet ? () => {} : showProgress(progress, input.bytes, process.stderr);
  const start = performance.now();
  try {
    await deliverAll(input, tracker, options.parallel, progress);
  } catch (error) {
    throw stopped(told(error, options.address), progress);
  } finally {
    hide();
  }
  if (!options.quiet) console.log(summarise(progress, (performance.now() - start) / 1000));
}

/** Stops reading at the first line that can't be stored, once the conversations under way are done. */
async function deliverAll(input: Input, tracker: TrackerClient, tasks: number, progress: Progress) {
  const lanes = createLanes({ tasks, bytes: maxLineBytes, onFailure: () => input.stream.destroy() });
  try {
    for await (const line of linesOf(input.stream, input.name)) {
      const conversation = parseConversation(line);
      await lanes.begin(conversation.conversationId, line.bytes, async () => {
        await deliver(tracker, conversation, progress);
        progress.conversations++;
        progress.bytes += line.bytes;
      });
    }
  } finally {
    await lanes.finish();
  }
}

function stopped(error: unknown, progress: Progress): unknown {
  if (!(error instanceof CommandError)) return error;
  const advice = 'repeat the command to go on: nothing is stored twice';
  return new CommandError(`${error.message}\nstopped after ${describe(progress)}; ${advice}`, error.exitCode);
}
