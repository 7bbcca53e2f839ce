import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  HoldingEnd,
  type HoldLockRequest,
  type HoldLockResponseSchema,
} from '#gen/trackside/v1/lock_service_pb.js';
import type { HoldItem, LossCause } from '../../lock/ask.js';
import { toDuration } from '../codec.js';
import type { Call } from '../define.js';
import { checkLifetime, toAsk } from './ask.js';
import type { LockContext } from './context.js';
import { toGrant } from './messages.js';

const maxWaitHours = 24;

const causes: Readonly<Record<LossCause, HoldingEnd>> = {
  expired: HoldingEnd.EXPIRED,
  deleted: HoldingEnd.DELETED,
  released: HoldingEnd.RELEASED,
  taken_over: HoldingEnd.TAKEN_OVER,
  uncertain: HoldingEnd.UNCERTAIN,
};

type Response = MessageInitShape<typeof HoldLockResponseSchema>;
type DurationInit = ReturnType<typeof toDuration>;

export function holdLock({ desk, limits, leaseMs }: LockContext) {
  const lease = toDuration(leaseMs * 1_000);
  return async function* (request: HoldLockRequest, { signal }: Call): AsyncGenerator<Response> {
    const asked = toAsk(request, maxWaitHours, limits);
    const lifetime = request.lifetime && checkLifetime(request.lifetime);
    for await (const item of desk.hold({ ...asked, lifetime }, signal)) yield { item: toItem(item, lease) };
  };
}

function toItem(item: HoldItem, lease: DurationInit): NonNullable<Response['item']> {
  switch (item.kind) {
    case 'queued':
      return { case: 'queued', value: { ticket: BigInt(item.ticket), ahead: item.ahead } };
    case 'granted':
      return { case: 'granted', value: { ...toGrant(item.ticket, item.grant), lease } };
    case 'interrupted':
      return { case: 'interrupted', value: {} };
    case 'lost':
      return { case: 'lost', value: { cause: causes[item.cause], fence: BigInt(item.fence) } };
  }
}
