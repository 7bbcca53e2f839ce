import type { AcquireLockRequest } from '#gen/trackside/v1/lock_service_pb.js';
import type { Call } from '../define.js';
import { checkLifetime, toAsk } from './ask.js';
import type { LockContext } from './context.js';
import { toGrant, toHolding } from './messages.js';

const maxWaitHours = 1;

export function acquireLock({ desk, limits, lifetimeMs }: LockContext) {
  return async (request: AcquireLockRequest, { signal }: Call) => {
    const { waitMs = 0, ...asked } = toAsk(request, maxWaitHours, limits);
    const lifetime = request.lifetime ? checkLifetime(request.lifetime) : lifetimeMs * 1_000;
    const acquired = await desk.acquire({ ...asked, waitMs, lifetime }, signal);
    if (acquired.grant) return { grant: toGrant(acquired.ticket, acquired.grant) };
    return acquired.holder ? { holder: toHolding(acquired.holder) } : {};
  };
}
