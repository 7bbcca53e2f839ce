import type { ReleaseLockRequest, RenewLockRequest } from '#gen/trackside/v1/lock_service_pb.js';
import { leaseLost, wrongKind } from '../../lock/refusals.js';
import type { ExtendOutcome, ReleaseOutcome } from '../../storage/ports/lock.js';
import { checkNumber } from '../check.js';
import { checkLifetime, checkLockId } from './ask.js';
import type { LockContext } from './context.js';
import { toRemaining } from './messages.js';

export function renewLock({ desk, limits, lifetimeMs }: LockContext) {
  return async (request: RenewLockRequest) => {
    const lockId = checkLockId(request.lockId, limits);
    const fence = checkNumber('fence', request.fence, 1);
    const lifetime = request.lifetime ? checkLifetime(request.lifetime) : lifetimeMs * 1_000;
    const { grant, waiting } = held(lockId, fence, await desk.extend(lockId, fence, lifetime));
    return { ...toRemaining(grant.endTime), interrupted: grant.interrupted, waiting };
  };
}

export function releaseLock({ desk, limits }: LockContext) {
  return async (request: ReleaseLockRequest) => {
    const lockId = checkLockId(request.lockId, limits);
    const fence = checkNumber('fence', request.fence, 1);
    const { status } = held(lockId, fence, await desk.release(lockId, fence));
    return { duplicate: status === 'repeated' };
  };
}

/** What was done to a holding; throws where it was refused. */
function held<Outcome extends ExtendOutcome | ReleaseOutcome>(
  lockId: string,
  fence: number,
  outcome: Outcome,
): Exclude<Outcome, { readonly status: 'ended' | 'wrong_kind' }> {
  if (outcome.status === 'ended') throw leaseLost(lockId, fence, outcome.ending);
  if (outcome.status === 'wrong_kind') throw wrongKind(lockId, outcome.kind);
  return outcome as Exclude<Outcome, { readonly status: 'ended' | 'wrong_kind' }>;
}
