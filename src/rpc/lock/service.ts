import type { LockService } from '#gen/trackside/v1/lock_service_pb.js';
import type { Handlers } from '../define.js';
import { acquireLock } from './acquire-lock.js';
import type { LockContext } from './context.js';
import { type BeginRead, holdLock } from './hold-lock.js';
import { releaseLock, renewLock } from './holdings.js';
import { deleteLock, getLock, listLocks } from './locks.js';

/** The handlers of LockService; `beginRead` is for what HoldLock reads along with a grant. */
export function lockHandlers(context: LockContext, beginRead: BeginRead): Handlers<typeof LockService> {
  return {
    acquireLock: acquireLock(context),
    holdLock: holdLock(context, beginRead),
    renewLock: renewLock(context),
    releaseLock: releaseLock(context),
    getLock: getLock(context),
    listLocks: listLocks(context),
    deleteLock: deleteLock(context),
  };
}
