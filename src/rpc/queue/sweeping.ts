import {
  MessageState as MessageStateEnum,
  type PurgeQueueRequest,
  type ReplayParkedMessagesRequest,
} from '#gen/trackside/v1/queue_service_pb.js';
import { steadyNow } from '../../storage/clock.js';
import { checkEnum, checkId, tooLarge } from '../check.js';
import type { Call } from '../define.js';
import { inSteps } from '../steps.js';
import { checkKey } from '../values.js';
import type { QueueContext } from './context.js';
import { stateOf } from './messages.js';

const everyState = [...new Set(Object.values(stateOf))];

export function purgeQueue({ store, limits }: QueueContext) {
  return async (request: PurgeQueueRequest, call: Call) => {
    const queueId = checkKey('queue_id', request.queueId, limits);
    const named = request.states.map(
      (state, i) => stateOf[checkEnum(`states[${i}]`, state, MessageStateEnum)],
    );
    const states = named.length === 0 ? everyState : [...new Set(named)];
    const purged = await inSteps(0, call, (after, limit) =>
      store.purge(queueId, states, after, limit, steadyNow()),
    );
    return { purged };
  };
}

export function replayParkedMessages({ store, limits }: QueueContext) {
  return async (request: ReplayParkedMessagesRequest, call: Call) => {
    const queueId = checkKey('queue_id', request.queueId, limits);
    const ids = checkMessageIds(request.messageIds, limits.keyedBatch);
    const last = await store.lastPlace();
    const replayed = await inSteps(0, call, (after, limit) =>
      store.replay(queueId, ids, after, last, limit, steadyNow()),
    );
    return { replayed };
  };
}

/** Some messages, undefined for all of them. */
function checkMessageIds(ids: readonly string[], max: number): readonly string[] | undefined {
  if (ids.length > max) throw tooLarge('the number of message_ids', ids.length, 'keyed_batch', max);
  if (ids.length === 0) return undefined;
  return ids.map((id, i) => checkId(`message_ids[${i}]`, id, messageIdLength));
}
const messageIdLength = 22;
