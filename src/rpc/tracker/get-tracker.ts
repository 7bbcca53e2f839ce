import { SessionBoundary } from '#gen/trackside/v1/event_pb.js';
import { EventVerbosity, type GetTrackerRequest } from '#gen/trackside/v1/tracker_service_pb.js';
import type { Micros } from '../../storage/ports/common.js';
import type { Boundary, ReadRange, RecordedEvent, TrackerStore } from '../../storage/ports/tracker.js';
import { appliedEvents, eventsAfterRestart, fold } from '../../tracker/fold.js';
import { newestThatFit, readStretch, type Stretch, StretchTooLarge, sizeOf } from '../../tracker/stretch.js';
import { checkEnum, checkId, checkNumber, checkSize, checkTime, tooLarge } from '../check.js';
import { toEvent } from '../codec.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import type { TrackerContext } from './context.js';
import { staleFence } from './refusals.js';
import { stateBytes, toState } from './state.js';

type Limits = TrackerContext['limits'];

/** What a response takes besides events and state: the id, sequences and the page token. */
const frameBytes = 1_024;

export function getTracker(context: TrackerContext) {
  const { store, limits, reading } = context;
  return async (request: GetTrackerRequest) => {
    const query = readRequest(request, limits);
    if (query.fence !== undefined && !query.page) await raiseFence(store, query.conversationId, query.fence);
    let held = 0;
    const hold = (bytes: number) => {
      reading.take(bytes);
      held += bytes;
    };
    try {
      return toResponse(context, query, await read(store, query, limits, hold));
    } finally {
      reading.give(held);
    }
  };
}

/** The tracker that a stretch gives, within what a response may hold. */
function toResponse({ limits, slots }: TrackerContext, query: Query, stretch: ReadStretch) {
  const events = eventsUntil(stretch.events, query.untilTime);
  const state = query.withState ? fold(events, slots) : undefined;
  const room = limits.responseBytes - frameBytes - (state ? stateBytes(state) : 0);
  if (room < 0) {
    throw tooLarge("the state's size", limits.responseBytes - room, 'response_bytes', limits.responseBytes);
  }
  const asked = select(events, query.verbosity).filter((event) => event.sequence < query.before);
  const shown = newestThatFit(asked, { maxEvents: query.maxEvents, maxBytes: room });
  return {
    tracker: {
      conversationId: query.conversationId,
      sequence: BigInt(stretch.conversation?.lastSequence ?? 0),
      firstSequence: BigInt(stretch.conversation ? stretch.start : 0),
      events: shown.map(toEvent),
      ...(state ? { state: toState(state) } : {}),
    },
    nextPageToken: nextPage(query, stretch, asked, shown),
  };
}

interface Query {
  readonly conversationId: string;
  readonly range: Pick<ReadRange, 'start' | 'end'>;
  readonly verbosity: EventVerbosity;
  readonly untilTime: Micros | undefined;
  readonly withState: boolean;
  readonly fence: number | undefined;
  /** Whether it goes on from an earlier page. */
  readonly page: boolean;
  /** Events from this sequence on were on earlier pages. */
  readonly before: number;
  readonly maxEvents: number;
  readonly key: readonly unknown[];
}

function readRequest(request: GetTrackerRequest, limits: Limits): Query {
  const conversationId = checkId('conversation_id', request.conversationId, limits.conversationIdBytes);
  const boundary = boundaries[checkEnum('session_boundary', request.sessionBoundary, boundaries)]!;
  const verbosity =
    checkEnum('event_verbosity', request.eventVerbosity, EventVerbosity) || EventVerbosity.ALL;
  const untilTime = request.untilTime && checkTime('until_time', request.untilTime);
  const asMany = verbosity === EventVerbosity.NONE ? 0 : 2 ** 31;
  const maxEvents = Math.min(checkSize('max_events', request.maxEvents, 2 ** 31, asMany), asMany);
  const fence = request.fence === undefined ? undefined : checkNumber('fence', request.fence, 1);
  const key = ['tracker', conversationId, boundary, request.allSessions, verbosity, untilTime, maxEvents];
  const common = { conversationId, verbosity, untilTime, fence, key };
  if (request.pageToken) {
    const numbers = ['number', 'number', 'number', 'number'] as const;
    const [start, end, before, left] = decodePageToken(key, request.pageToken, ...numbers);
    return { ...common, range: { start, end }, page: true, before, maxEvents: left, withState: false };
  }
  return {
    ...common,
    range: { start: request.allSessions ? 0 : { session: boundary }, end: undefined },
    page: false,
    before: Number.POSITIVE_INFINITY,
    maxEvents,
    withState: request.includeState,
  };
}

const boundaries: Readonly<Record<SessionBoundary, Boundary>> = {
  [SessionBoundary.UNSPECIFIED]: 'action_session_start',
  [SessionBoundary.ACTION_SESSION_START]: 'action_session_start',
  [SessionBoundary.SESSION_STARTED]: 'session_started',
};

async function raiseFence(store: TrackerStore, conversationId: string, fence: number): Promise<void> {
  const outcome = await store.raiseFence(conversationId, fence);
  if (outcome.status === 'fence_stale') throw staleFence(conversationId, fence, outcome.highestFence);
}

/** With the sequence at which older events go on, where they weren't read. */
type ReadStretch = Stretch & { readonly next: number | undefined };

/** Reads no more than the answer needs: the newest events where neither state nor selection asks for all. */
async function read(
  store: TrackerStore,
  query: Query,
  limits: Limits,
  hold: (bytes: number) => void,
): Promise<ReadStretch> {
  const { conversationId, range, verbosity } = query;
  const needsAll =
    query.withState ||
    query.untilTime !== undefined ||
    verbosity === EventVerbosity.APPLIED ||
    verbosity === EventVerbosity.AFTER_RESTART;
  if (needsAll) {
    try {
      const stretch = await readStretch(store, conversationId, range, limits.trackerBytes, hold);
      return { ...stretch, next: undefined };
    } catch (error) {
      if (!(error instanceof StretchTooLarge)) throw error;
      throw tooLarge('the stretch to derive it from', error.bytes, 'tracker_bytes', limits.trackerBytes);
    }
  }
  const end = query.page ? query.before - 1 : range.end;
  const page = await store.read(conversationId, {
    start: range.start,
    end,
    order: 'newest_first',
    maxEvents: Math.max(query.maxEvents, 1),
    maxBytes: limits.responseBytes,
  });
  hold(sizeOf(page.events));
  return { ...page, events: page.events.toReversed() };
}

function eventsUntil(events: readonly RecordedEvent[], time: Micros | undefined): readonly RecordedEvent[] {
  if (time === undefined) return events;
  const end = events.findIndex((event) => event.eventTime > time);
  return end < 0 ? events : events.slice(0, end);
}

function select(events: readonly RecordedEvent[], verbosity: EventVerbosity): readonly RecordedEvent[] {
  switch (verbosity) {
    case EventVerbosity.NONE:
      return [];
    case EventVerbosity.APPLIED:
      return appliedEvents(events);
    case EventVerbosity.AFTER_RESTART:
      return eventsAfterRestart(events);
    default:
      return events;
  }
}

/** A token for the events before the shown ones, where there are more than fit. */
function nextPage(
  query: Query,
  stretch: ReadStretch,
  asked: readonly RecordedEvent[],
  shown: readonly RecordedEvent[],
): string {
  const left = query.maxEvents - shown.length;
  const isCut = asked.length > shown.length;
  if (left === 0 || (!isCut && stretch.next === undefined)) return '';
  const firstShown = shown[0]?.sequence ?? asked.at(-1)!.sequence + 1;
  const before = isCut ? firstShown : stretch.next! + 1;
  const end = query.range.end ?? stretch.conversation!.lastSequence;
  return encodePageToken(query.key, [stretch.start, end, before, left]);
}
