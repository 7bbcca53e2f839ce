import type {
  DeleteLockRequest,
  GetLockRequest,
  ListLocksRequest,
} from '#gen/trackside/v1/lock_service_pb.js';
import { checkNumber, checkSize, checkText } from '../check.js';
import { toTimestamp } from '../codec.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { checkLockId } from './ask.js';
import type { LockContext } from './context.js';
import { toLock } from './messages.js';

const maxWaiters = 1_000;

export function getLock({ desk, limits }: LockContext) {
  return async (request: GetLockRequest) => {
    const line = await desk.get(checkLockId(request.lockId, limits), maxWaiters);
    if (!line) return {};
    const waiters = line.waiters.map(({ ticket, owner, requestTime }) => ({
      ticket: BigInt(ticket),
      owner,
      requestTime: toTimestamp(requestTime),
    }));
    return { lock: toLock(line), waiters };
  };
}

export function listLocks({ desk, limits }: LockContext) {
  return async (request: ListLocksRequest) => {
    const prefix = checkText('lock_id_prefix', request.lockIdPrefix, limits.keyBytes);
    const size = checkSize('page_size', request.pageSize, limits.pageSize);
    const key = ['locks', prefix];
    const [after = ''] = request.pageToken ? decodePageToken(key, request.pageToken, 'string') : [];
    const locks = await desk.list(prefix, after, size);
    const last = locks.length === size ? locks.at(-1) : undefined;
    return { locks: locks.map(toLock), nextPageToken: last ? encodePageToken(key, [last.lockId]) : '' };
  };
}

export function deleteLock({ desk, limits }: LockContext) {
  return async (request: DeleteLockRequest) => {
    const lockId = checkLockId(request.lockId, limits);
    const fence = request.fence === undefined ? undefined : checkNumber('fence', request.fence, 1);
    return { deleted: await desk.delete(lockId, fence) };
  };
}
