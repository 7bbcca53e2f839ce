import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type GrantSchema,
  type HoldingSchema,
  HoldingKind as KindEnum,
  type LockSchema,
} from '#gen/trackside/v1/lock_service_pb.js';
import { steadyNow } from '../../storage/clock.js';
import type { Micros } from '../../storage/ports/common.js';
import type { Grant, Holding, HoldingKind, LockState } from '../../storage/ports/lock.js';
import { toDuration, toTimestamp } from '../codec.js';

const kinds: Readonly<Record<HoldingKind, KindEnum>> = {
  lease: KindEnum.LEASE,
  stream: KindEnum.STREAM,
  claim: KindEnum.CLAIM,
};

export function toGrant(ticket: number, grant: Grant): MessageInitShape<typeof GrantSchema> {
  return {
    ticket: BigInt(ticket),
    fence: BigInt(grant.fence),
    grantTime: toTimestamp(grant.grantTime),
    ...toRemaining(grant.endTime),
  };
}

/** What is left until an end, if there is one. */
export function toRemaining(endTime: Micros | undefined) {
  return endTime === undefined ? {} : { remaining: toDuration(Math.max(endTime - steadyNow(), 0)) };
}

export function toHolding(holding: Holding): MessageInitShape<typeof HoldingSchema> {
  return {
    ticket: BigInt(holding.ticket),
    fence: BigInt(holding.fence),
    owner: holding.owner,
    kind: kinds[holding.kind],
    requestTime: toTimestamp(holding.requestTime),
    grantTime: toTimestamp(holding.grantTime),
    expireTime: toTimestamp(holding.leaseEnd),
    interrupted: holding.interrupted,
  };
}

export function toLock({ lockId, holder, waiting }: LockState): MessageInitShape<typeof LockSchema> {
  return { lockId, holder: toHolding(holder), waiting };
}
