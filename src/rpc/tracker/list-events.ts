import { setImmediate as turn } from 'node:timers/promises';
import { EventOrder, type ListEventsRequest } from '#gen/trackside/v1/tracker_service_pb.js';
import { matchesKind } from '../../feed/filter.js';
import type { ReadRange, RecordedEvent } from '../../storage/ports/tracker.js';
import { eventBytes } from '../../storage/size.js';
import { checkEnum, checkId, checkNumber, checkSize, checkValues } from '../check.js';
import { toEvent } from '../codec.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import type { TrackerContext } from './context.js';

/** How many store pages, of which size, one call looks through at most for events that match. */
const maxReads = 10;
const readPage = { maxEvents: 1_000, maxBytes: 1 << 20 };

export function listEvents({ store, limits }: TrackerContext) {
  return async (request: ListEventsRequest) => {
    const { conversationId, range, filter, size, key } = readRequest(request, limits);
    const events: RecordedEvent[] = [];
    let bytes = 0;
    let next: number | undefined;
    for (let reads = 0; reads < maxReads; reads++) {
      if (reads > 0) await turn();
      const page = await store.read(conversationId, resume(range, next));
      next = page.next;
      for (const event of page.events) {
        if (!matchesKind(filter, event)) continue;
        bytes += eventBytes(event);
        if (events.length === size || bytes > limits.responseBytes)
          return toPage(events, event.sequence, key);
        events.push(event);
      }
      if (next === undefined || events.length === size) break;
    }
    return toPage(events, next, key);
  };
}

function readRequest(request: ListEventsRequest, limits: TrackerContext['limits']) {
  const conversationId = checkId('conversation_id', request.conversationId, limits.conversationIdBytes);
  const first = checkNumber('first_sequence', request.firstSequence);
  const last = checkNumber('last_sequence', request.lastSequence);
  const filter = {
    types: checkValues('types', request.types, limits.typeBytes, limits),
    names: checkValues('names', request.names, limits.nameBytes, limits),
  };
  const newestFirst = checkEnum('order', request.order, EventOrder) === EventOrder.NEWEST_FIRST;
  const size = checkSize('page_size', request.pageSize, limits.pageSize);
  const key = ['events', conversationId, first, last, newestFirst, [...filter.types], [...filter.names]];
  const isFiltered = filter.types.size + filter.names.size > 0;
  const range: ReadRange = {
    start: first,
    end: last || undefined,
    order: newestFirst ? 'newest_first' : 'oldest_first',
    maxEvents: isFiltered ? readPage.maxEvents : size,
    maxBytes: readPage.maxBytes,
  };
  const [next] = request.pageToken ? decodePageToken(key, request.pageToken, 'number') : [];
  return {
    conversationId,
    filter,
    size,
    key,
    range: resume(range, next),
  };
}

/** The rest of a range, from the sequence to go on at. */
function resume(range: ReadRange, next: number | undefined): ReadRange {
  if (next === undefined) return range;
  return range.order === 'oldest_first' ? { ...range, start: next } : { ...range, end: next };
}

function toPage(events: readonly RecordedEvent[], next: number | undefined, key: readonly unknown[]) {
  return {
    events: events.map(toEvent),
    nextPageToken: next === undefined ? '' : encodePageToken(key, [next]),
  };
}
