import { create, toBinary } from '@bufbuild/protobuf';
import {
  type EventFilter as EventFilterMessage,
  EventFilterSchema,
  Discontinuity_Reason as Reason,
  type SubscribeEventsRequest,
  SubscribeEventsResponseSchema,
} from '#gen/trackside/v1/tracker_service_pb.js';
import type { Limits } from '../../config/settings.js';
import { tooMany } from '../../errors.js';
import type { EventFilter } from '../../feed/filter.js';
import type { Subscription } from '../../feed/follow.js';
import type { Break } from '../../feed/history.js';
import type { FeedItem } from '../../feed/item.js';
import type { Start } from '../../feed/start.js';
import { checkDuration, checkSize, checkText, checkTime, checkValues } from '../check.js';
import { type Call, Encoded } from '../define.js';
import { mapItems } from '../map-items.js';
import { encodeBatch } from './batch.js';
import type { TrackerContext } from './context.js';

/** A batch ends where it would grow beyond it, so that a client that doesn't read holds little memory. */
const batchBytes = 256 << 10;

const heartbeat = { defaultMs: 10_000, minMs: 100, maxMs: 3_600_000 };

export function subscribeEvents({ feed, store, limits }: TrackerContext) {
  let subscriptions = 0;
  return (request: SubscribeEventsRequest, call: Call): AsyncIterable<Encoded> => {
    const subscription = toSubscription(request, limits);
    if (subscriptions >= limits.subscriptions) {
      throw tooMany('subscriptions are open', 'subscriptions', limits.subscriptions);
    }
    subscriptions += 1;
    const items = feed.follow(subscription, call.signal);
    return mapItems(
      items,
      (item) => toResponse(item, store.storeId, subscription.heartbeatMs),
      () => {
        subscriptions -= 1;
      },
    );
  };
}

function toSubscription(request: SubscribeEventsRequest, limits: Limits): Subscription {
  const interval = request.heartbeatInterval;
  return {
    filter: toFilter(request.filter ?? create(EventFilterSchema), limits),
    start: toStart(request.start),
    limit: {
      maxEvents: checkSize('max_batch_size', request.maxBatchSize, limits.batchSize),
      maxBytes: Math.min(batchBytes, limits.responseBytes),
    },
    heartbeatMs: interval
      ? checkDuration('heartbeat_interval', interval, heartbeat.minMs, heartbeat.maxMs)
      : heartbeat.defaultMs,
  };
}

function toFilter(filter: EventFilterMessage, limits: Limits): EventFilter {
  const { conversationIdBytes } = limits;
  return {
    conversationIds: checkValues(
      'filter.conversation_ids',
      filter.conversationIds,
      conversationIdBytes,
      limits,
    ),
    conversationIdPrefix: checkText(
      'filter.conversation_id_prefix',
      filter.conversationIdPrefix,
      conversationIdBytes,
    ),
    types: checkValues('filter.types', filter.types, limits.typeBytes, limits),
    names: checkValues('filter.names', filter.names, limits.nameBytes, limits),
  };
}

function toStart(start: SubscribeEventsRequest['start']): Start {
  switch (start.case) {
    case undefined:
    case 'end':
      return { kind: 'end' };
    case 'beginning':
      return { kind: 'beginning' };
    case 'cursor':
      return { kind: 'cursor', cursor: start.value };
    case 'time':
      return { kind: 'time', time: checkTime('time', start.value) };
  }
}

const reasons: Readonly<Record<Break, Reason>> = {
  trimmed: Reason.TRIMMED,
  rolled_back: Reason.ROLLED_BACK,
  epoch_changed: Reason.EPOCH_CHANGED,
  other_store: Reason.OTHER_STORE,
};

type ItemInit = NonNullable<Parameters<typeof create<typeof SubscribeEventsResponseSchema>>[1]>['item'];

function toResponse(item: FeedItem, storeId: string, heartbeatMs: number): Encoded {
  if (item.kind === 'events') return encodeBatch(item.events, item.cursor);
  const response = create(SubscribeEventsResponseSchema, { item: toItem(item, storeId, heartbeatMs) });
  return new Encoded(toBinary(SubscribeEventsResponseSchema, response));
}

function toItem(
  item: Exclude<FeedItem, { kind: 'events' }>,
  storeId: string,
  heartbeatMs: number,
): NonNullable<ItemInit> {
  const { kind } = item;
  switch (kind) {
    case 'confirmation': {
      const seconds = Math.floor(heartbeatMs / 1_000);
      const heartbeatInterval = {
        seconds: BigInt(seconds),
        nanos: Math.round((heartbeatMs - seconds * 1_000) * 1e6),
      };
      return { case: 'confirmation', value: { storeId, cursor: item.cursor, heartbeatInterval } };
    }
    case 'checkpoint':
      return { case: 'checkpoint', value: { cursor: item.cursor } };
    case 'caught_up':
      return { case: 'caughtUp', value: { cursor: item.cursor } };
    case 'fell_behind':
      return { case: 'fellBehind', value: { cursor: item.cursor } };
    case 'erased': {
      const { conversationId, ranges, deleted } = item.erasure;
      const sequences = ranges.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) }));
      return { case: 'erased', value: { conversationId, sequences, deleted, cursor: item.cursor } };
    }
    case 'discontinuity': {
      const { oldestCursor, endCursor } = item;
      return { case: 'discontinuity', value: { reason: reasons[item.reason], oldestCursor, endCursor } };
    }
  }
}
