import { randomBytes } from 'node:crypto';
import type { Duration } from '@bufbuild/protobuf/wkt';
import { TakenPolicy as PolicyEnum } from '#gen/trackside/v1/lock_service_pb.js';
import type { Limits } from '../../config/settings.js';
import type { Ask, TakenPolicy } from '../../lock/ask.js';
import type { Micros } from '../../storage/ports/common.js';
import { checkDuration, checkEnum, checkId, checkText } from '../check.js';

const hourMs = 3_600_000;
const lifetimeRange = { minMs: 10, maxMs: 24 * hourMs };

const policies: Readonly<Record<PolicyEnum, TakenPolicy>> = {
  [PolicyEnum.UNSPECIFIED]: 'enqueue',
  [PolicyEnum.ENQUEUE]: 'enqueue',
  [PolicyEnum.REJECT]: 'reject',
  [PolicyEnum.INTERRUPT]: 'interrupt',
};

/** What the requests for a lock have in common. */
interface Request {
  readonly lockId: string;
  readonly waitDuration?: Duration | undefined;
  readonly takenPolicy: PolicyEnum;
  readonly requestId: string;
  readonly owner: string;
}

/** A request but for its lifetime; without an id of its own it gets one. */
export function toAsk(request: Request, maxWaitHours: number, limits: Limits): Omit<Ask, 'lifetime'> {
  const { waitDuration } = request;
  return {
    lockId: checkLockId(request.lockId, limits),
    requestId: checkText('request_id', request.requestId, limits.appendIdBytes) || madeUpId(),
    owner: checkText('owner', request.owner, limits.appendIdBytes),
    policy: policies[checkEnum('taken_policy', request.takenPolicy, PolicyEnum)],
    waitMs: waitDuration && checkDuration('wait_duration', waitDuration, 0, maxWaitHours * hourMs),
  };
}

/** Not randomUUID, whose text takes ten times the memory, where it is kept. */
function madeUpId(): string {
  return randomBytes(16).toString('base64url');
}

export function checkLockId(lockId: string, limits: Limits): string {
  return checkId('lock_id', lockId, limits.keyBytes);
}

export function checkLifetime(lifetime: Duration): Micros {
  return Math.round(checkDuration('lifetime', lifetime, lifetimeRange.minMs, lifetimeRange.maxMs) * 1_000);
}
