import type {
  NewMessage as NewMessageMessage,
  PushMessagesRequest,
} from '#gen/trackside/v1/queue_service_pb.js';
import { invalid, TracksideError } from '../../errors.js';
import type { RequestMark } from '../../storage/ports/common.js';
import type { NewMessage, PushOutcome } from '../../storage/ports/queue.js';
import { checkText } from '../check.js';
import { requestIdReused } from '../keyed/refusals.js';
import { checkCount, checkKey, checkTogether, checkValue, markOf } from '../values.js';
import type { QueueContext } from './context.js';
import { checkDelay } from './spans.js';

export function pushMessages(context: QueueContext) {
  return async (request: PushMessagesRequest) => {
    const messages = toMessages(request, context);
    const outcomes = await pushAll(context, messages);
    return { results: outcomes.map((outcome, i) => toResult(messages[i]!, outcome, outcomes)) };
  };
}

/** Whether a request's id was used before is told by its first message, before any other is pushed. */
async function pushAll(
  { desk }: QueueContext,
  messages: readonly NewMessage[],
): Promise<readonly PushOutcome[]> {
  if (!messages[0]!.request || messages.length === 1) return desk.push(messages);
  const first = await desk.push(messages.slice(0, 1));
  if (first[0]!.status === 'request_id_reused') return first;
  return [...first, ...(await desk.push(messages.slice(1)))];
}

function toMessages(request: PushMessagesRequest, context: QueueContext): readonly NewMessage[] {
  const { limits } = context;
  const queueId = checkKey('queue_id', request.queueId, limits);
  checkCount('messages', request.messages.length, limits);
  const messages = request.messages.map((message, i) =>
    toNewMessage(queueId, message, `messages[${i}]`, context),
  );
  const values = messages.map(({ value }) => value);
  checkTogether('messages', values, limits);
  // Of the whole request, so that another one under the id is refused before any of it is pushed.
  const mark = markOf('request_id', request.requestId, limits, () => [
    queueId,
    ...messages.flatMap((message, i) => partsOf(message, request.messages[i]!.maxAttempts)),
  ]);
  return mark ? messages.map((message, i) => ({ ...message, request: nthOf(mark, i) })) : messages;
}

function toNewMessage(
  queueId: string,
  message: NewMessageMessage,
  path: string,
  { limits, defaults }: QueueContext,
): NewMessage {
  return {
    queueId,
    value: checkValue(`${path}.value`, message.value, limits),
    groupId: checkText(`${path}.group_id`, message.groupId, limits.keyBytes),
    dedupId: checkText(`${path}.dedup_id`, message.dedupId, limits.appendIdBytes),
    delay: checkDelay(`${path}.delay`, message.delay),
    maxAttempts: checkAttempts(`${path}.max_attempts`, message.maxAttempts) || defaults.maxAttempts,
    request: undefined,
  };
}

function checkAttempts(field: string, attempts: number): number {
  if (attempts < 0 || attempts > 1_000) {
    throw invalid(field, `is ${attempts}; it must be between 1 and 1000, or 0 for the default`);
  }
  return attempts;
}

/** What of a message tells requests apart: its attempts as given, for the default may change. */
function partsOf({ value, groupId, dedupId, delay }: NewMessage, maxAttempts: number) {
  return [value, groupId, dedupId, delay, maxAttempts];
}

function nthOf({ id, digest }: RequestMark, index: number): RequestMark {
  return { id: `${id}/${index}`, digest };
}

function toResult(message: NewMessage, outcome: PushOutcome, all: readonly PushOutcome[]) {
  switch (outcome.status) {
    case 'done':
      return { messageId: outcome.result.messageId };
    case 'repeated':
      return { messageId: outcome.result.messageId, duplicate: true };
    case 'refused':
      return { messageId: outcome.messageId, refused: true };
    case 'request_id_reused':
      throw requestIdReused({ ...message.request!, id: message.request!.id.replace(/\/\d+$/, '') });
    case 'full':
      throw storeFull(all);
  }
}

function storeFull(outcomes: readonly PushOutcome[]): TracksideError {
  const pushed = outcomes.filter(({ status }) => status === 'done').length;
  return new TracksideError(
    'STORE_FULL',
    `queues in memory have no room (queue.max_bytes); ${pushed} of ${outcomes.length} messages were pushed`,
    { metadata: { limit: 'queue.max_bytes', pushed: `${pushed}` } },
  );
}
