import { TracksideError } from '../errors.js';
import type { Micros } from '../storage/ports/common.js';
import type { Ending, Holding, HoldingKind } from '../storage/ports/lock.js';

/** The refusal of a lock that is taken, to a caller that won't wait. */
export function lockTaken(lockId: string, { fence, owner }: Holding, waiting: number): TracksideError {
  const by = owner === '' ? '' : ` by "${owner}"`;
  return new TracksideError('LOCK_TAKEN', `lock "${lockId}" is held${by}, and ${waiting} wait for it`, {
    metadata: { lock_id: lockId, fence: `${fence}`, owner, waiting: `${waiting}` },
  });
}

/** The refusal of a holding that is over; `ending` is undefined where it isn't remembered, if it ever was. */
export function leaseLost(lockId: string, fence: number, ending: Ending | undefined): TracksideError {
  const holding = `lock "${lockId}": the holding with fence ${fence}`;
  const metadata = { lock_id: lockId, fence: `${fence}` };
  if (!ending) {
    return new TracksideError('LEASE_LOST', `${holding} is unknown, or was over more than a day ago`, {
      metadata: { ...metadata, cause: 'unknown' },
    });
  }
  const endTime = toText(ending.endTime);
  return new TracksideError('LEASE_LOST', `${holding} is over since ${endTime}: ${ending.cause}`, {
    metadata: { ...metadata, cause: ending.cause, end_time: endTime },
  });
}

/** The refusal of a holding that is kept up in another way than the call is for. */
export function wrongKind(lockId: string, kind: HoldingKind): TracksideError {
  const keeper = { lease: 'by RenewLock', stream: 'by its stream', claim: 'by the lease of a message' }[kind];
  return new TracksideError('WRONG_KIND', `lock "${lockId}": the holding is kept up ${keeper}`, {
    metadata: { lock_id: lockId, kind },
  });
}

/** What a call that nobody waits for any more ends with. */
export function vanished(): TracksideError {
  return new TracksideError('CANCELLED', 'the call was cancelled; the lock was not taken');
}

function toText(time: Micros): string {
  return new Date(time / 1_000).toISOString();
}
