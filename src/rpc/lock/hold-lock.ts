import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  HoldingEnd,
  type HoldLockRequest,
  type HoldLockResponseSchema,
} from '#gen/trackside/v1/lock_service_pb.js';
import type { GetTrackerRequest, GetTrackerResponseSchema } from '#gen/trackside/v1/tracker_service_pb.js';
import { invalid } from '../../errors.js';
import type { HoldItem, LossCause } from '../../lock/ask.js';
import type { Grant } from '../../storage/ports/lock.js';
import { within } from '../check.js';
import { toDuration } from '../codec.js';
import type { Call } from '../define.js';
import { mapItems } from '../map-items.js';
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

/** Checks a request for a tracker; answers what reads it by a fence. */
export type BeginRead = (
  request: GetTrackerRequest,
) => (fence: number) => Promise<MessageInitShape<typeof GetTrackerResponseSchema>>;

export function holdLock({ desk, limits, leaseMs }: LockContext, beginRead: BeginRead) {
  const lease = toDuration(leaseMs * 1_000);
  return (request: HoldLockRequest, { signal }: Call): AsyncIterable<Response> => {
    const asked = toAsk(request, maxWaitHours, limits);
    const lifetime = request.lifetime && checkLifetime(request.lifetime);
    const read = request.getTracker && checkRead(request.getTracker, beginRead);
    let tracker: Response['getTracker'];
    const prepare = async ({ fence }: Grant) => {
      // Whoever misses it asks GetTracker, which tells why.
      tracker = await read!(fence).catch(() => undefined);
    };
    const items = desk.hold({ ...asked, lifetime }, signal, read && prepare);
    return mapItems(items, (item) => {
      const response = { item: toItem(item, lease) };
      if (item.kind !== 'granted' || !tracker) return response;
      const granted = { ...response, getTracker: tracker };
      // Not kept for as long as the lock is held.
      tracker = undefined;
      return granted;
    });
  };
}

function checkRead(request: GetTrackerRequest, beginRead: BeginRead) {
  return within('get_tracker', () => {
    if (request.fence !== undefined)
      throw invalid('fence', "is given; leave it out: it is read by the grant's");
    if (request.pageToken !== '')
      throw invalid('page_token', 'is given; leave it out: GetTracker has the rest');
    return beginRead(request);
  });
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
