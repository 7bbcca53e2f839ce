import { CallError, type TrackerClient } from '@trackside/client';
import { type Conversation, EventVerbosity } from '@trackside/client/gen/trackside/v1/tracker_service_pb.js';
import { jsonLine } from '../event.js';
import { CommandError } from '../exit.js';
import { writerOf } from '../output.js';
import { pagesOf } from '../pages.js';
import { paintFor } from '../paint.js';
import { withServer } from '../server.js';
import { dialogue } from './dialogue.js';

/** The options of `trackside show`. */
export interface ShowOptions {
  readonly address: string;
  readonly json?: boolean;
  /** Only the session that runs now, instead of all. */
  readonly current?: boolean;
}

/** `trackside show CONVERSATION_ID`: prints a conversation as it is now. */
export async function show(conversationId: string, options: ShowOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(options.address, async ({ tracker }) => {
    const conversation = await find(tracker, conversationId);
    const first = options.current
      ? await currentSession(tracker, conversationId)
      : conversation.firstSequence;
    const print = options.json ? jsonLine : dialogue(paintFor(process.stdout));
    const range = { conversationId, firstSequence: first, lastSequence: conversation.lastSequence };
    const pages = pagesOf((pageToken) => tracker.listEvents({ ...range, pageSize: 1000, pageToken }));
    for await (const { events } of pages) await write(events.map((event) => print(event)).join(''));
  });
}

async function find(tracker: TrackerClient, conversationId: string): Promise<Conversation> {
  try {
    const { conversation } = await tracker.getConversation({ conversationId });
    return conversation!;
  } catch (error) {
    if (!(error instanceof CallError) || error.reason !== 'CONVERSATION_NOT_FOUND') throw error;
    throw new CommandError(`no conversation ${JSON.stringify(conversationId)}`);
  }
}

/** The sequence at which the current session begins. */
async function currentSession(tracker: TrackerClient, conversationId: string): Promise<bigint> {
  const request = { conversationId, eventVerbosity: EventVerbosity.NONE };
  return (await tracker.getTracker(request)).tracker!.firstSequence;
}
