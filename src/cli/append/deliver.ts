import { CallError, retrying, type TrackerClient } from '@trackside/client';
import { CommandError } from '../exit.js';
import { appendIdOf, chunkEnd } from './chunks.js';
import type { DumpedConversation, DumpedEvent } from './dump.js';

/** What became of events: stored now, or found stored by an earlier run. */
export interface Tally {
  stored: number;
  alreadyThere: number;
}

/** How long a server may be away. */
const patienceMs = 30_000;

/**
 * Stores a conversation's events in order, chunk by chunk, and counts them in `tally`. Repeatable: what an
 * earlier run stored is recognised, also where the conversation has grown since.
 */
export async function deliver(
  tracker: TrackerClient,
  conversation: DumpedConversation,
  tally: Tally,
): Promise<void> {
  const { events } = conversation;
  let start = 0;
  while (start < events.length) {
    const end = chunkEnd(events, start);
    try {
      start += await deliverChunk(tracker, conversation, start, end, tally);
    } catch (error) {
      throw placed(error, conversation, start, end);
    }
  }
}

/** Stores events from `start` on, as far as `end` or as an earlier run's chunk went. Answers how many. */
async function deliverChunk(
  tracker: TrackerClient,
  { conversationId, events }: DumpedConversation,
  start: number,
  end: number,
  tally: Tally,
): Promise<number> {
  const appendId = appendIdOf(events[0]!.data, start);
  const send = async (part: readonly DumpedEvent[]) => {
    const request = { conversationId, appendId, events: part.map(newEventOf) };
    const { duplicate } = await retrying(() => tracker.appendEvents(request), patienceMs);
    tally[duplicate ? 'alreadyThere' : 'stored'] += part.length;
    return part.length;
  };
  try {
    return await send(events.slice(start, end));
  } catch (error) {
    const earlier = earlierCount(error);
    if (earlier === undefined || earlier >= end - start) throw error;
    return await send(events.slice(start, start + earlier));
  }
}

/** How many events were stored before under a chunk's append id, where that is why the chunk was refused. */
function earlierCount(error: unknown): number | undefined {
  if (!(error instanceof CallError) || error.reason !== 'APPEND_ID_REUSED') return undefined;
  const { last_sequence, first_sequence } = error.metadata;
  return Number(last_sequence) - Number(first_sequence) + 1;
}

function newEventOf({ type, name, eventTime, data }: DumpedEvent) {
  return { type, name, data, ...(eventTime && { eventTime }) };
}

/** Says of which conversation and events the server complained; their numbers there are the chunk's. */
function placed(error: unknown, conversation: DumpedConversation, start: number, end: number): unknown {
  if (!(error instanceof CallError) || error.reason === undefined) return error;
  const subject = `${conversation.place}: conversation ${JSON.stringify(conversation.conversationId)}`;
  if (error.reason === 'APPEND_ID_REUSED') {
    const { first_sequence, last_sequence } = error.metadata;
    return new CommandError(
      `${subject}: the events from events[${start}] on differ from what was stored of them before, as sequences ${first_sequence} to ${last_sequence}`,
    );
  }
  const violations = error.violations.map(({ field, description }) => {
    const inLine = field.replace(/^events\[(\d+)\]/, (_, index) => `events[${start + Number(index)}]`);
    return `${inLine}: ${description}`;
  });
  const what = violations.join('; ') || `events[${start}] to events[${end - 1}]: ${error.details}`;
  return new CommandError(`${subject}: ${what} (${error.reason})`);
}
