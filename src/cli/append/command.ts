import type { TrackerClient } from '@trackside/client';
import { type Input, openInput } from '../input.js';
import { linesOf } from '../lines.js';
import { told, withServer } from '../server.js';
import { deliver } from './deliver.js';
import { parseConversation } from './dump.js';
import { each } from './each.js';
import { type Progress, showProgress, stopped, summarise } from './progress.js';

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
  const progress: Progress = { conversations: 0, stored: 0, alreadyThere: 0, done: 0 };
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
async function deliverAll(input: Input, tracker: TrackerClient, parallel: number, progress: Progress) {
  const options = { parallel, onFailure: () => input.stream.destroy() };
  await each(conversationsOf(input), options, async ({ conversation, bytes }) => {
    await deliver(tracker, conversation, progress);
    progress.conversations++;
    progress.done += bytes;
  });
}

async function* conversationsOf({ stream, name }: Input) {
  for await (const line of linesOf(stream, name)) {
    const conversation = parseConversation(line);
    yield { id: conversation.conversationId, bytes: line.bytes, conversation };
  }
}
