import type { ClaimMessagesRequest, PopMessageRequest } from '#gen/trackside/v1/queue_service_pb.js';
import { steadyNow } from '../../storage/clock.js';
import { checkSize, checkText } from '../check.js';
import type { Call } from '../define.js';
import { roomFor } from '../room.js';
import { checkKey } from '../values.js';
import type { QueueContext } from './context.js';
import { frameBytes, toDelivery, toMessage } from './messages.js';
import { checkLease, checkWait } from './spans.js';

export function popMessage({ desk, limits }: QueueContext) {
  return async ({ queueId, waitDuration }: PopMessageRequest, call: Call) => {
    const message = await desk.pop(checkKey('queue_id', queueId, limits), checkWait(waitDuration, call));
    return message ? { message: toMessage(message) } : {};
  };
}

export function claimMessages(context: QueueContext) {
  const { desk, limits } = context;
  return async (request: ClaimMessagesRequest, call: Call) => {
    const queueId = checkKey('queue_id', request.queueId, limits);
    const maxMessages = checkSize('max_messages', request.maxMessages, limits.keyedBatch, 1);
    const claim = {
      maxMessages,
      maxBytes: roomFor(maxMessages, limits, frameBytes),
      lease: checkLease('lease', request.lease, context),
      owner: checkText('owner', request.owner, limits.appendIdBytes),
    };
    const deliveries = await desk.claim(queueId, () => claim, checkWait(request.waitDuration, call));
    const now = steadyNow();
    return { deliveries: deliveries.map((delivery) => toDelivery(delivery, now)) };
  };
}
