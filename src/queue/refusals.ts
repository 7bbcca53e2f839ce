import { TracksideError } from '../errors.js';
import type { ClaimEnding } from '../storage/ports/queue.js';

/** The refusal of a message with a group where nothing can hold its lock. */
export function groupsUnavailable(queueId: string): TracksideError {
  return new TracksideError(
    'GROUPS_UNAVAILABLE',
    `queue "${queueId}": a message with a group_id needs its lock; set storage.queue and storage.lock to the same store`,
    { metadata: { queue_id: queueId } },
  );
}

/** The refusal of a claim that is over; `ending` is undefined where it isn't remembered, if there ever was one. */
export function leaseLost(receipt: string, ending: ClaimEnding | undefined): TracksideError {
  const endTime = ending && new Date(ending.endTime / 1_000).toISOString();
  const over = ending ? `is over since ${endTime}: ${ending.cause}` : 'is unknown, or was over too long ago';
  return new TracksideError('LEASE_LOST', `the claim with receipt ${receipt} ${over}`, {
    metadata: { receipt, cause: ending?.cause ?? 'unknown', ...(endTime && { end_time: endTime }) },
  });
}
