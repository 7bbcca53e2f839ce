import { randomUUID } from 'node:crypto';
import type {
  DeleteConversationRequest,
  RedactEventsRequest,
  TruncateConversationRequest,
} from '#gen/trackside/v1/tracker_service_pb.js';
import { invalid, TracksideError } from '../../errors.js';
import type { ErasureResult, NewErasure } from '../../storage/ports/tracker.js';
import { digestErasure } from '../../tracker/digest.js';
import { checkId, checkNumber, checkText, tooLarge } from '../check.js';
import type { TrackerContext } from './context.js';
import { notFound } from './refusals.js';

export function deleteConversation(context: TrackerContext) {
  return async (request: DeleteConversationRequest) => {
    const expectedSequence =
      request.expectedSequence === undefined
        ? undefined
        : checkNumber('expected_sequence', request.expectedSequence);
    return erase(context, {
      ...checkTarget(context, request),
      kind: 'delete',
      digest: digestErasure('delete', ...(expectedSequence === undefined ? [] : [expectedSequence])),
      expectedSequence,
    });
  };
}

export function redactEvents(context: TrackerContext) {
  return async (request: RedactEventsRequest) => {
    const { redactedEvents } = context.limits;
    if (request.sequences.length === 0) throw invalid('sequences', 'is empty; name at least one event');
    if (request.sequences.length > redactedEvents) {
      throw tooLarge('the number of sequences', request.sequences.length, 'redacted_events', redactedEvents);
    }
    const named = request.sequences.map((sequence, i) => checkNumber(`sequences[${i}]`, sequence, 1));
    const sequences = [...new Set(named)].sort((a, b) => a - b);
    const digest = digestErasure('redact', ...sequences);
    return erase(context, { ...checkTarget(context, request), kind: 'redact', digest, sequences });
  };
}

export function truncateConversation(context: TrackerContext) {
  return async (request: TruncateConversationRequest) => {
    const firstKept = checkNumber('first_kept_sequence', request.firstKeptSequence, 1);
    const digest = digestErasure('truncate', firstKept);
    return erase(context, { ...checkTarget(context, request), kind: 'truncate', digest, firstKept });
  };
}

function checkTarget(
  { limits }: TrackerContext,
  request: { readonly conversationId: string; readonly requestId: string },
) {
  return {
    conversationId: checkId('conversation_id', request.conversationId, limits.conversationIdBytes),
    requestId: checkText('request_id', request.requestId, limits.appendIdBytes) || randomUUID(),
  };
}

/** Erases, and answers when no subscriber of this sidecar can be shown the events any more. */
async function erase({ store, feed, scrub }: TrackerContext, erasure: NewErasure) {
  const outcome = await store.erase(erasure);
  switch (outcome.status) {
    case 'erased':
    case 'repeated':
      feed.wake(outcome.result.partition);
      await feed.reached(outcome.result.partition, outcome.result.position);
      scrub();
      return { erasure: toErasure(store.storeId, outcome.result) };
    case 'missing':
      throw notFound(erasure.conversationId);
    case 'not_reached':
      throw notReached(erasure, outcome.lastSequence);
    case 'conflict':
      throw new TracksideError(
        'VERSION_CONFLICT',
        `conversation "${erasure.conversationId}": its sequence is ${outcome.lastSequence}, not as expected`,
        { metadata: { expected: expectedOf(erasure), actual: `${outcome.lastSequence}` } },
      );
    case 'request_id_reused':
      throw new TracksideError(
        'REQUEST_ID_REUSED',
        `request_id "${erasure.requestId}" was used before, for another request`,
        {
          metadata: {
            request_id: erasure.requestId,
            partition: `${outcome.result.partition}`,
            position: `${outcome.result.position}`,
          },
        },
      );
  }
}

function expectedOf(erasure: NewErasure): string {
  return erasure.kind === 'delete' ? `${erasure.expectedSequence}` : '';
}

function notReached(erasure: NewErasure, lastSequence: number): TracksideError {
  const [field, most] =
    erasure.kind === 'truncate' ? ['first_kept_sequence', lastSequence + 1] : ['sequences', lastSequence];
  return invalid(field, `names a sequence that the conversation hasn't reached; at most ${most}`);
}

function toErasure(storeId: string, { partition, position, ranges }: ErasureResult) {
  return {
    storeId,
    partition,
    position: BigInt(position),
    sequences: ranges.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) })),
  };
}
