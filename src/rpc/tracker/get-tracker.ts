import { SessionBoundary } from '#gen/trackside/v1/event_pb.js';
import { EventVerbosity, type GetTrackerRequest } from '#gen/trackside/v1/tracker_service_pb.js';
import { invalid } from '../../errors.js';
import type { Micros } from '../../storage/ports/common.js';
import type {
  Boundary,
  ConversationPage,
  Known,
  ReadRange,
  RecordedEvent,
  TrackerStore,
} from '../../storage/ports/tracker.js';
import { appliedEvents, eventsAfterRestart, fold } from '../../tracker/fold.js';
import { newestThatFit, readStretch, type Stretch, StretchTooLarge, sizeOf } from '../../tracker/stretch.js';
import { checkEnum, checkId, checkNumber, checkSize, checkTime, tooLarge } from '../check.js';
import { toEvent } from '../codec.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import type { TrackerContext } from './context.js';
import { staleFence } from './refusals.js';
import { decodeRevision, encodeRevision, leavesOut } from './revision.js';
import { stateBytes, toState } from './state.js';

type Limits = TrackerContext['limits'];

/** What a response takes besides events and state: the id, sequences and the page token. */
const frameBytes = 1_024;

export function getTracker(context: TrackerContext) {
  const begin = trackerReader(context);
  return async (request: GetTrackerRequest) => begin(request)();
}

/** Checks a request, and answers what reads the tracker, by another fence than the request's where it is given one. */
export function trackerReader(context: TrackerContext) {
  const { store, limits, reading } = context;
  return (request: GetTrackerRequest) => {
    const asked = readRequest(request, limits);
    return async (fence = asked.fence) => {
      const query = { ...asked, fence };
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
  const behind = stretch.continued ? query.behind : 0;
  const asked = select(events, query.verbosity).filter(
    ({ sequence }) => sequence > behind && sequence < query.before,
  );
  const shown = newestThatFit(asked, { maxEvents: query.maxEvents, maxBytes: room });
  return {
    tracker: {
      conversationId: query.conversationId,
      sequence: BigInt(stretch.conversation?.lastSequence ?? 0),
      firstSequence: BigInt(stretch.conversation ? stretch.start : 0),
      events: shown.map(toEvent),
      ...(state ? { state: toState(state) } : {}),
      revision: revisionOf(query, stretch),
      continued: stretch.continued,
    },
    nextPageToken: nextPage(query, stretch, asked, shown),
  };
}

interface Query {
  readonly conversationId: string;
  readonly range: Pick<ReadRange, 'start' | 'end' | 'known'>;
  readonly verbosity: EventVerbosity;
  readonly untilTime: Micros | undefined;
  readonly withState: boolean;
  /** To be raised before anything is read; undefined on later pages. */
  readonly fence: number | undefined;
  /** The stretch's first sequence, where it goes on from an earlier page. */
  readonly page: { readonly start: number } | undefined;
  /** The caller may have the events up to this sequence; of a page, it has, unless this is 0. */
  readonly behind: number;
  /** Events from this sequence on were on earlier pages. */
  readonly before: number;
  readonly maxEvents: number;
  readonly key: readonly unknown[];
  /** What a revision of the answer is bound to; undefined where it has none. */
  readonly revisionKey: readonly unknown[] | undefined;
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
  const revisionKey = ['revision', conversationId, boundary, request.allSessions];
  const known = readKnown(request, revisionKey);
  const common = { conversationId, verbosity, untilTime, key };
  if (request.pageToken) return { ...common, ...readPage(key, request.pageToken) };
  return {
    ...common,
    fence,
    range: { start: request.allSessions ? 0 : { session: boundary }, end: undefined, known },
    page: undefined,
    behind: known?.sequence ?? 0,
    revisionKey: leavesOut(request) ? undefined : revisionKey,
    before: Number.POSITIVE_INFINITY,
    maxEvents,
    withState: request.includeState,
  };
}

/** What a page's token says of the rest of its request. */
function readPage(key: readonly unknown[], token: string) {
  const numbers = ['number', 'number', 'number', 'number', 'number'] as const;
  const [start, end, before, maxEvents, behind] = decodePageToken(key, token, ...numbers);
  return {
    range: { start: Math.max(start, behind + 1), end },
    fence: undefined,
    page: { start },
    behind,
    before,
    maxEvents,
    withState: false,
    revisionKey: undefined,
  };
}

function readKnown(request: GetTrackerRequest, key: readonly unknown[]): Known | undefined {
  if (!request.knownRevision) return undefined;
  const left = leavesOut(request);
  if (left) throw invalid(left[0], `does not go with known_revision; ${left[1]}`);
  return decodeRevision(key, request.knownRevision);
}

const boundaries: Readonly<Record<SessionBoundary, Boundary>> = {
  [SessionBoundary.UNSPECIFIED]: 'action_session_start',
  [SessionBoundary.ACTION_SESSION_START]: 'action_session_start',
  [SessionBoundary.SESSION_STARTED]: 'session_started',
};

/** Reads the first page for a query, with its fence where it has one. */
async function readFirst(store: TrackerStore, query: Query, range: ReadRange): Promise<ConversationPage> {
  const { conversationId, fence } = query;
  if (fence === undefined) return store.read(conversationId, range);
  const outcome = await store.readFenced(conversationId, fence, range);
  if (outcome.status === 'fence_stale') throw staleFence(conversationId, fence, outcome.highestFence);
  return outcome.page;
}

/** With the sequence at which older events go on, where they weren't read. */
type ReadStretch = Stretch & { readonly next: number | undefined };

/**
 * Reads no more than the answer needs: the newest events where neither state nor selection asks for all. A state
 * comes from what is known too.
 */
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
      const whole = { ...range, known: range.known && { ...range.known, sequence: 0 } };
      const first = (one: ReadRange) => readFirst(store, query, one);
      const stretch = await readStretch(store, conversationId, whole, first, limits.trackerBytes, hold);
      return { ...stretch, next: undefined };
    } catch (error) {
      if (!(error instanceof StretchTooLarge)) throw error;
      throw tooLarge('the stretch to derive it from', error.bytes, 'tracker_bytes', limits.trackerBytes);
    }
  }
  const end = query.page ? query.before - 1 : range.end;
  const page = await readFirst(store, query, {
    ...range,
    end,
    order: 'newest_first',
    maxEvents: Math.max(query.maxEvents, 1),
    maxBytes: limits.responseBytes,
  });
  hold(sizeOf(page.events));
  const events = page.events.toReversed();
  if (!query.page || !page.conversation) return { ...page, events };
  const start = Math.max(query.page.start, page.conversation.firstSequence);
  return { ...page, events, start, continued: query.behind > 0 };
}

/** The name of what the caller has once it has this answer; empty where that is not the whole of it. */
function revisionOf({ revisionKey }: Query, { conversation, moment }: ReadStretch): string {
  if (!revisionKey || !conversation) return '';
  return encodeRevision(revisionKey, { ...moment!, sequence: conversation.lastSequence });
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
  const behind = stretch.continued ? query.behind : 0;
  return encodePageToken(query.key, [stretch.start, end, before, left, behind]);
}
