import type { QueueService } from '#gen/trackside/v1/queue_service_pb.js';
import { leaseLost } from '../../queue/refusals.js';
import { steadyNow } from '../../storage/clock.js';
import type { Handlers } from '../define.js';
import { claimMessages, popMessage } from './claims.js';
import { consumeMessages } from './consume-messages.js';
import type { QueueContext } from './context.js';
import { toSpan } from './messages.js';
import { pushMessages } from './push-messages.js';
import { getQueue, listQueues, peekMessages } from './queues.js';
import { ack, extend, nack } from './settle.js';
import { purgeQueue, replayParkedMessages } from './sweeping.js';

/** The handlers of QueueService. */
export function queueHandlers(context: QueueContext): Handlers<typeof QueueService> {
  return {
    pushMessages: pushMessages(context),
    popMessage: popMessage(context),
    claimMessages: claimMessages(context),
    ackMessages: (request) => ack(context, request),
    nackMessages: (request) => nack(context, request),
    extendLease: async (request) => {
      const outcome = await extend(context, request);
      if (outcome.status === 'ended') throw leaseLost(request.receipt, outcome.ending);
      const { leaseEnd, interrupted } = outcome;
      return { remaining: toSpan(steadyNow(), leaseEnd), interrupted };
    },
    consumeMessages: consumeMessages(context),
    getQueue: getQueue(context),
    listQueues: listQueues(context),
    peekMessages: peekMessages(context),
    purgeQueue: purgeQueue(context),
    replayParkedMessages: replayParkedMessages(context),
  };
}
