import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { NewEvent as NewEventMessage } from '#gen/trackside/v1/event_pb.js';
import {
  type AppendEventsRequest,
  type AppendEventsResponse,
  AppendEventsResponseSchema,
} from '#gen/trackside/v1/tracker_service_pb.js';
import type { Limits } from '../../config/settings.js';
import { invalid, TracksideError } from '../../errors.js';
import { checkObject } from '../../json/check.js';
import type {
  AppendOutcome,
  AppendResult,
  Expectation,
  NewAppend,
  NewEvent,
} from '../../storage/ports/tracker.js';
import { digestEvents } from '../../tracker/digest.js';
import { checkId, checkNumber, checkText, checkTime, tooLarge } from '../check.js';
import { durabilities, toTimestamp } from '../codec.js';
import type { TrackerContext } from './context.js';
import { staleFence } from './refusals.js';

/** What an event takes at least, so that small ones count too. */
const eventOverhead = 32;

export function appendEvents({ batcher, store, limits }: TrackerContext) {
  return async (request: AppendEventsRequest): Promise<AppendEventsResponse> => {
    const bytes = checkSize(request.events, limits);
    const append = toAppend(request, limits);
    const outcome = await batcher.append(append, bytes);
    if (outcome.status !== 'stored' && outcome.status !== 'repeated') {
      throw refusal(append, outcome, store.storeId);
    }
    return toResponse(append.appendId, store.storeId, outcome.result, outcome.status === 'repeated');
  };
}

function checkSize(events: readonly NewEventMessage[], limits: Limits): number {
  if (events.length === 0) throw invalid('events', 'is empty; append at least one event');
  if (events.length > limits.eventsPerAppend) {
    throw tooLarge('the number of events', events.length, 'events_per_append', limits.eventsPerAppend);
  }
  let bytes = 0;
  for (const { type, name, data, metadata } of events) {
    bytes += eventOverhead;
    for (const text of [data, type, name, metadata]) bytes += Buffer.byteLength(text);
  }
  if (bytes > limits.appendBytes)
    throw tooLarge("the append's size", bytes, 'append_bytes', limits.appendBytes);
  return bytes;
}

function toAppend(request: AppendEventsRequest, limits: Limits): NewAppend {
  const events = request.events.map((event, i) => toNewEvent(event, `events[${i}]`, limits));
  return {
    conversationId: checkId('conversation_id', request.conversationId, limits.conversationIdBytes),
    appendId: checkText('append_id', request.appendId, limits.appendIdBytes) || randomUUID(),
    digest: digestEvents(events),
    expectation: toExpectation(request.expectation),
    fence: request.fence === undefined ? undefined : checkNumber('fence', request.fence, 1),
    events,
  };
}

function toNewEvent(event: NewEventMessage, field: string, limits: Limits): NewEvent {
  if (event.data === '') throw invalid(`${field}.data`, "is required: the event's JSON object, {} at least");
  const fault = checkObject(event.data, limits.dataDepth);
  if (fault !== undefined) throw invalid(`${field}.data`, fault);
  if (Buffer.byteLength(event.metadata) > limits.metadataBytes) {
    throw tooLarge(
      `${field}.metadata`,
      Buffer.byteLength(event.metadata),
      'metadata_bytes',
      limits.metadataBytes,
    );
  }
  return {
    type: checkId(`${field}.type`, event.type, limits.typeBytes),
    name: checkText(`${field}.name`, event.name, limits.nameBytes),
    eventTime: event.eventTime && checkTime(`${field}.event_time`, event.eventTime),
    data: event.data,
    metadata: event.metadata,
  };
}

function toExpectation(expectation: AppendEventsRequest['expectation']): Expectation {
  switch (expectation.case) {
    case undefined:
    case 'any':
      return 'any';
    case 'noEvents':
      return 'no_events';
    case 'hasEvents':
      return 'has_events';
    case 'sequence':
      return checkNumber('sequence', expectation.value);
  }
}

type Refused = Exclude<AppendOutcome, { status: 'stored' | 'repeated' }>;

function refusal(append: NewAppend, outcome: Refused, storeId: string): TracksideError {
  const { conversationId, appendId, expectation, fence } = append;
  switch (outcome.status) {
    case 'append_id_reused':
      return new TracksideError(
        'APPEND_ID_REUSED',
        `append_id "${appendId}" was accepted before, for other events; its first result is in the details`,
        { metadata: { append_id: appendId, ...resultMetadata(outcome.result, storeId) } },
      );
    case 'fence_stale':
      return staleFence(conversationId, fence!, outcome.highestFence);
    case 'conflict':
      return new TracksideError(
        'VERSION_CONFLICT',
        `conversation "${conversationId}": expected ${expectation}, but its sequence is ${outcome.lastSequence}` +
          (outcome.exists ? '' : ' and it has no events'),
        {
          metadata: {
            expected: `${expectation}`,
            actual: outcome.exists ? `${outcome.lastSequence}` : 'no_events',
            sequence: `${outcome.lastSequence}`,
          },
        },
      );
  }
}

function resultMetadata(result: AppendResult, storeId: string): Record<string, string> {
  return {
    first_sequence: `${result.firstSequence}`,
    last_sequence: `${result.lastSequence}`,
    store_id: storeId,
    partition: `${result.partition}`,
    first_position: `${result.firstPosition}`,
    last_position: `${result.lastPosition}`,
    store_time: new Date(result.storeTime / 1_000).toISOString(),
  };
}

function toResponse(appendId: string, storeId: string, result: AppendResult, duplicate: boolean) {
  const response = create(AppendEventsResponseSchema);
  response.appendId = appendId;
  response.firstSequence = BigInt(result.firstSequence);
  response.lastSequence = BigInt(result.lastSequence);
  response.storeId = storeId;
  response.partition = result.partition;
  response.firstPosition = BigInt(result.firstPosition);
  response.lastPosition = BigInt(result.lastPosition);
  response.storeTime = toTimestamp(result.storeTime);
  response.durability = durabilities[result.durability];
  response.duplicate = duplicate;
  return response;
}
