import { newMessageId, pushed, returned } from '../judge-queue.js';
import { once, type Requests } from '../once.js';
import type { Micros } from '../ports/common.js';
import type { Message, NewMessage, PushOutcome } from '../ports/queue.js';
import { owned } from './bytes.js';
import type { State } from './held.js';
import { messageBytes } from './queues.js';

/** Pushes a message, once where it bears a request's id, unless it is refused. */
export function push(
  state: State,
  requests: Requests,
  maxBytes: number,
  asked: NewMessage,
  now: Micros,
): PushOutcome {
  return once<PushOutcome>(requests, asked.request, now, () => {
    const messageId = state.dedups.find(asked, now);
    if (messageId !== undefined) return { status: 'refused', messageId };
    if (state.queues.bytes + state.dedups.bytes + messageBytes(asked) > maxBytes) return { status: 'full' };
    return { status: 'done', result: { messageId: add(state, asked, now) } };
  });
}

/** Puts a message back that was popped. */
export function putBack(state: State, popped: Message): void {
  const { readyTime, attempts } = returned(popped);
  state.dedups.add(popped);
  state.queues.add({ ...popped, readyTime, attempts }, 'ready');
}

function add(state: State, asked: NewMessage, now: Micros): string {
  const { queueId, value, groupId, dedupId, delay, maxAttempts } = asked;
  const { state: begun, readyTime, attempts } = pushed(delay, now);
  const message: Message = {
    queueId,
    messageId: newMessageId(),
    value: owned(value),
    groupId,
    dedupId,
    pushTime: now,
    readyTime,
    attempts,
    maxAttempts,
    place: ++state.place,
  };
  state.dedups.add(message);
  state.queues.add(message, begun);
  return message.messageId;
}
