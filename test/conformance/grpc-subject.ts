import type { TrackerClient } from '@trackside/client';
import { type RecordedEvent, SessionBoundary } from '#gen/trackside/v1/event_pb.js';
import {
  EventOrder,
  type RedactEventsResponse,
  type SubscribeEventsResponse,
} from '#gen/trackside/v1/tracker_service_pb.js';
import type { Expectation } from '#src/storage/ports/tracker.js';
import { type Failure, reasonOf } from '../e2e/failure.js';
import type { Placed, SeenEvent } from './observations.js';
import type {
  AppendAnswer,
  AppendCall,
  EraseAnswer,
  EraseCall,
  Followed,
  Kept,
  News,
  ReadCall,
  Shown,
  Subject,
  Wanted,
} from './subject.js';

/** Puts a process under the same words as a store. */
export function grpcSubject(tracker: () => TrackerClient, reopen: () => Promise<void>): Subject {
  return {
    append: async (calls) => {
      const answers = [];
      for (const call of calls) answers.push(await append(tracker(), call));
      return answers;
    },
    raiseFence: async (conversationId, fence) => {
      const failure = await failureOf(tracker().getTracker({ conversationId, fence: BigInt(fence) }));
      if (!failure) return undefined;
      if (failure.reason !== 'FENCE_STALE') throw new Error(failure.message);
      return Number(failure.metadata.highest_fence);
    },
    erase: (call) => erase(tracker(), call),
    read: (call) => readPages(tracker(), call),
    session: async (conversationId, boundary) => {
      const sessionBoundary = boundaries[boundary];
      const { tracker: found } = await tracker().getTracker({ conversationId, sessionBoundary });
      return { start: Number(found!.firstSequence), events: found!.events.map(seenMessage) };
    },
    readOn: (kept, revision) => readOn(tracker(), kept, revision),
    lives: (prefix, pageSize) => listPages(tracker(), prefix, pageSize),
    life: async (conversationId) => {
      const call = tracker().getConversation({ conversationId });
      const failure = await failureOf(call);
      if (failure?.reason === 'CONVERSATION_NOT_FOUND') return undefined;
      return lifeOf((await call).conversation!);
    },
    follow: (wanted, cursor, maxItems) => follow(tracker(), wanted, cursor, maxItems),
    scrub: async () => {},
    reopen,
  };
}

const boundaries = {
  action_session_start: SessionBoundary.ACTION_SESSION_START,
  session_started: SessionBoundary.SESSION_STARTED,
} as const;

/** Reads what came behind a revision; with a state of what it came to where all sessions are read. */
export async function readOn(
  tracker: TrackerClient,
  { conversationId, boundary }: Kept,
  knownRevision: string,
): Promise<News> {
  const { tracker: found, nextPageToken } = await tracker.getTracker({
    conversationId,
    knownRevision,
    ...(boundary
      ? { sessionBoundary: boundaries[boundary] }
      : ({ allSessions: true, includeState: true } as const)),
  });
  if (nextPageToken !== '') throw new Error('more is new than a page holds');
  const { firstSequence, events, revision, continued } = found!;
  return { start: Number(firstSequence), events: events.map(seenMessage), revision, continued };
}

/** An append as a request. */
export function appendRequest(call: AppendCall) {
  const { conversationId, appendId, events, fence } = call;
  return {
    conversationId,
    appendId,
    events: [...events],
    expectation: expectationOf(call.expectation),
    ...(fence === undefined ? {} : { fence: BigInt(fence) }),
  };
}

export function placedOf(response: { [Name in keyof Placed]: bigint | number }): Placed {
  return {
    partition: Number(response.partition),
    firstPosition: Number(response.firstPosition),
    lastPosition: Number(response.lastPosition),
    firstSequence: Number(response.firstSequence),
    lastSequence: Number(response.lastSequence),
  };
}

export function seenMessage(event: RecordedEvent): SeenEvent {
  const { conversationId, partition, appendId, type, name, data, metadata } = event;
  const numbers = { sequence: Number(event.sequence), position: Number(event.position) };
  return { conversationId, partition, appendId, type, name, data, metadata, ...numbers };
}

/** All events of a conversation, or of the range asked for. */
export async function readPages(
  tracker: TrackerClient,
  { conversationId, first, last, newestFirst, pageSize }: ReadCall,
): Promise<readonly SeenEvent[]> {
  const events: SeenEvent[] = [];
  for (let pageToken = ''; ; ) {
    const page = await tracker.listEvents({
      conversationId,
      firstSequence: BigInt(first),
      lastSequence: BigInt(last ?? 0),
      order: newestFirst ? EventOrder.NEWEST_FIRST : EventOrder.OLDEST_FIRST,
      pageSize,
      pageToken,
    });
    if (page.events.length > pageSize) throw new Error(`a page has ${page.events.length} events`);
    events.push(...page.events.map(seenMessage));
    if (page.nextPageToken === '') return events;
    pageToken = page.nextPageToken;
  }
}

/** What an item shows, undefined where it only moves the cursor. */
export function shownOf(item: SubscribeEventsResponse['item']): Shown | undefined {
  if (item.case === 'events') return { kind: 'events', events: item.value.events.map(seenMessage) };
  if (item.case !== 'erased') return undefined;
  return {
    kind: 'erased',
    conversationId: item.value.conversationId,
    ranges: rangesOf(item.value.sequences),
  };
}

async function append(tracker: TrackerClient, call: AppendCall): Promise<AppendAnswer> {
  const response = tracker.appendEvents(appendRequest(call));
  const failure = await failureOf(response);
  switch (failure?.reason) {
    case undefined: {
      const told = await response;
      return { status: told.duplicate ? 'repeated' : 'stored', placed: placedOf(told) };
    }
    case 'APPEND_ID_REUSED': {
      const { partition, first_position, last_position, first_sequence, last_sequence } = failure!.metadata;
      const placed = [partition, first_position, last_position, first_sequence, last_sequence].map(Number);
      const [p, firstPosition, lastPosition, firstSequence, lastSequence] = placed as [
        number,
        number,
        number,
        number,
        number,
      ];
      return {
        status: 'append_id_reused',
        placed: { partition: p, firstPosition, lastPosition, firstSequence, lastSequence },
      };
    }
    case 'FENCE_STALE':
      return { status: 'fence_stale', highestFence: Number(failure!.metadata.highest_fence) };
    case 'VERSION_CONFLICT':
      return { status: 'conflict', actual: Number(failure!.metadata.sequence) };
    default:
      throw new Error(failure!.message);
  }
}

async function erase(tracker: TrackerClient, call: EraseCall): Promise<EraseAnswer> {
  const response = callErasure(tracker, call);
  const failure = await failureOf(response);
  switch (failure?.reason) {
    case undefined: {
      const { position, sequences } = (await response).erasure!;
      return { status: 'done', position: Number(position), ranges: rangesOf(sequences) };
    }
    case 'REQUEST_ID_REUSED':
      return { status: 'request_id_reused' };
    case 'VERSION_CONFLICT':
      return { status: 'conflict' };
    case 'INVALID_REQUEST':
      return { status: 'not_reached' };
    case 'CONVERSATION_NOT_FOUND':
      return { status: 'missing' };
    default:
      throw new Error(failure!.message);
  }
}

function callErasure(
  tracker: TrackerClient,
  { conversationId, requestId, what }: EraseCall,
): Promise<{ erasure?: RedactEventsResponse['erasure'] }> {
  const target = { conversationId, requestId };
  switch (what.kind) {
    case 'redact':
      return tracker.redactEvents({ ...target, sequences: what.sequences.map(BigInt) });
    case 'truncate':
      return tracker.truncateConversation({ ...target, firstKeptSequence: BigInt(what.firstKept) });
    case 'delete':
      return tracker.deleteConversation({
        ...target,
        ...(what.expectedSequence === undefined ? {} : { expectedSequence: BigInt(what.expectedSequence) }),
      });
  }
}

async function listPages(tracker: TrackerClient, conversationIdPrefix: string, pageSize: number) {
  const lives = [];
  for (let pageToken = ''; ; ) {
    const page = await tracker.listConversations({ conversationIdPrefix, pageSize, pageToken });
    lives.push(...page.conversations.map(lifeOf));
    if (page.nextPageToken === '') return lives;
    pageToken = page.nextPageToken;
  }
}

async function follow(
  tracker: TrackerClient,
  wanted: Wanted,
  resume: string | undefined,
  maxItems: number,
): Promise<Followed> {
  const shown: { item: Shown; cursor: string }[] = [];
  let cursor = resume ?? '';
  const stream = tracker.subscribeEvents({
    filter: { conversationIdPrefix: wanted.prefix, types: [...wanted.types] },
    start: resume === undefined ? { case: 'beginning', value: {} } : { case: 'cursor', value: resume },
    maxBatchSize: 2,
  });
  for await (const { item } of stream) {
    if (item.case === undefined || item.case === 'discontinuity')
      throw new Error(`the stream ended: ${item.value?.reason}`);
    cursor = item.value.cursor;
    if (item.case === 'caughtUp') return { shown, caughtUp: true, cursor };
    const one = shownOf(item);
    if (one) shown.push({ item: one, cursor });
    if (shown.length >= maxItems) return { shown, caughtUp: false, cursor };
  }
  throw new Error('the stream ended');
}

function lifeOf(found: {
  conversationId: string;
  firstSequence: bigint;
  lastSequence: bigint;
  highestFence?: bigint | undefined;
}) {
  return {
    conversationId: found.conversationId,
    firstSequence: Number(found.firstSequence),
    lastSequence: Number(found.lastSequence),
    highestFence: found.highestFence === undefined ? undefined : Number(found.highestFence),
  };
}

function rangesOf(ranges: readonly { first: bigint; last: bigint }[]) {
  return ranges.map(({ first, last }) => ({ first: Number(first), last: Number(last) }));
}

function expectationOf(expectation: Expectation) {
  switch (expectation) {
    case 'any':
      return { case: 'any', value: {} } as const;
    case 'no_events':
      return { case: 'noEvents', value: {} } as const;
    case 'has_events':
      return { case: 'hasEvents', value: {} } as const;
    default:
      return { case: 'sequence', value: BigInt(expectation) } as const;
  }
}

/** Why a call failed, undefined where it didn't. */
async function failureOf(call: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
