import { CallError, retrying, type TrackerClient } from '@trackside/client';
import { CommandError } from '../exit.js';
import { appendIdOf, chunkEnd } from './chunks.js';
import type { DumpedConversation, DumpedEvent } from './dump.js';

/** What became of events: stored now, or found stored by an earlier run. */
export interface Tally {
  stored: number;
  alreadyThere: number;
}

/** What to expect of the conversation. */
export interface DeliverOptions {
  /** Nothing but these events is in it, or is refused. */
  readonly alone?: boolean;
}

/** The server doesn't take the events of this one conversation. */
export class Refusal extends CommandError {}

/** Reasons that have to do with the conversation, and not with the server's state. */
const ofConversation: ReadonlySet<string> = new Set([
  'APPEND_ID_REUSED',
  'INVALID_REQUEST',
  'TOO_LARGE',
  'VERSION_CONFLICT',
]);

/** How long a server may be away. */
const patienceMs = 30_000;

/**
 * Stores a conversation's events in order, chunk by chunk, and counts them in `tally`. Repeatable: what an
 * earlier run stored is recognised, also where the conversation has grown since. Rejects with a Refusal where the
 * conversation is why it fails.
 */
export async function deliver(
  tracker: TrackerClient,
  conversation: DumpedConversation,
  tally: Tally,
  { alone = false }: DeliverOptions = {},
): Promise<void> {
  const { events } = conversation;
  let start = 0;
  let last = 0n;
  while (start < events.length) {
    const end = chunkEnd(events, start);
    try {
      const chunk = { start, end, expectation: alone ? endsAt(last) : undefined };
      const done = await deliverChunk(tracker, conversation, chunk, tally);
      start += done.count;
      last = done.last;
    } catch (error) {
      throw placed(error, conversation, start, end);
    }
  }
}

function endsAt(sequence: bigint) {
  return { case: 'sequence', value: sequence } as const;
}

interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly expectation: ReturnType<typeof endsAt> | undefined;
}

/** Stores a chunk, or as much of it as an earlier run's went. Answers how many, and the sequence of the last. */
async function deliverChunk(
  tracker: TrackerClient,
  { conversationId, events }: DumpedConversation,
  { start, end, expectation }: Chunk,
  tally: Tally,
): Promise<{ readonly count: number; readonly last: bigint }> {
  const appendId = appendIdOf(events[0]!.data, start);
  const send = async (part: readonly DumpedEvent[]) => {
    const request = {
      conversationId,
      appendId,
      events: part.map(newEventOf),
      ...(expectation && { expectation }),
    };
    const { duplicate, lastSequence } = await retrying(() => tracker.appendEvents(request), patienceMs);
    tally[duplicate ? 'alreadyThere' : 'stored'] += part.length;
    return { count: part.length, last: lastSequence };
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
    return new Refusal(
      `${subject}: the events from events[${start}] on differ from what was stored of them before, as sequences ${first_sequence} to ${last_sequence}`,
    );
  }
  const violations = error.violations.map(({ field, description }) => {
    const inLine = field.replace(/^events\[(\d+)\]/, (_, index) => `events[${start + Number(index)}]`);
    return `${inLine}: ${description}`;
  });
  const what = violations.join('; ') || `events[${start}] to events[${end - 1}]: ${error.details}`;
  const Failure = ofConversation.has(error.reason) ? Refusal : CommandError;
  return new Failure(`${subject}: ${what} (${error.reason})`);
}
