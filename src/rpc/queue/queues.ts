import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type GetQueueRequest,
  type ListQueuesRequest,
  MessageState as MessageStateEnum,
  type PeekMessagesRequest,
  type QueueSchema,
} from '#gen/trackside/v1/queue_service_pb.js';
import { steadyNow } from '../../storage/clock.js';
import type { Micros } from '../../storage/ports/common.js';
import type { QueueState } from '../../storage/ports/queue.js';
import { checkEnum, checkSize, checkText } from '../check.js';
import { toTimestamp } from '../codec.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { roomFor } from '../room.js';
import { checkKey } from '../values.js';
import type { QueueContext } from './context.js';
import { frameBytes, stateOf, toMessage, toSpan } from './messages.js';

export function getQueue({ store, limits }: QueueContext) {
  return async (request: GetQueueRequest) => {
    const now = steadyNow();
    return { queue: toQueue(await store.get(checkKey('queue_id', request.queueId, limits), now), now) };
  };
}

export function listQueues({ store, limits }: QueueContext) {
  return async (request: ListQueuesRequest) => {
    const prefix = checkText('queue_id_prefix', request.queueIdPrefix, limits.keyBytes);
    const size = checkSize('page_size', request.pageSize, limits.pageSize);
    const asked = ['queues', prefix];
    const [after = ''] = request.pageToken ? decodePageToken(asked, request.pageToken, 'string') : [];
    const now = steadyNow();
    // One more than is shown tells whether there is a next page.
    const found = await store.list(prefix, after, size + 1, now);
    const queues = found.slice(0, size);
    return {
      queues: queues.map((queue) => toQueue(queue, now)),
      nextPageToken: found.length > size ? encodePageToken(asked, [queues.at(-1)!.queueId]) : '',
    };
  };
}

export function peekMessages({ store, limits }: QueueContext) {
  return async (request: PeekMessagesRequest) => {
    const queueId = checkKey('queue_id', request.queueId, limits);
    const state = stateOf[checkEnum('state', request.state, MessageStateEnum)];
    const limit = checkSize('page_size', request.pageSize, limits.pageSize);
    const asked = ['messages', queueId, state];
    const [after = 0] = request.pageToken ? decodePageToken(asked, request.pageToken, 'number') : [];
    const maxBytes = roomFor(limit, limits, frameBytes);
    const { messages, next } = await store.peek({ queueId, state, after, limit, maxBytes }, steadyNow());
    return {
      messages: messages.map(toMessage),
      nextPageToken: next === undefined ? '' : encodePageToken(asked, [next]),
    };
  };
}

function toQueue(state: QueueState, now: Micros): MessageInitShape<typeof QueueSchema> {
  const { queueId, ready, inFlight, delayed, parked, oldestPushTime } = state;
  return {
    queueId,
    ready: BigInt(ready),
    inFlight: BigInt(inFlight),
    delayed: BigInt(delayed),
    parked: BigInt(parked),
    ...(oldestPushTime === undefined
      ? {}
      : { oldestPushTime: toTimestamp(oldestPushTime), oldestAge: toSpan(oldestPushTime, now) }),
  };
}
