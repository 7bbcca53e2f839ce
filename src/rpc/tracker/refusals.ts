import { TracksideError } from '../../errors.js';

/** The refusal of a conversation that has no events. */
export function notFound(conversationId: string): TracksideError {
  return new TracksideError('CONVERSATION_NOT_FOUND', `no conversation "${conversationId}" has events`, {
    metadata: { conversation_id: conversationId },
  });
}

/** The refusal of a fence lower than one accepted before. */
export function staleFence(conversationId: string, fence: number, highestFence: number): TracksideError {
  return new TracksideError(
    'FENCE_STALE',
    `conversation "${conversationId}": fence ${fence} is stale, ${highestFence} was accepted; the lock was lost`,
    { metadata: { fence: `${fence}`, highest_fence: `${highestFence}` } },
  );
}
