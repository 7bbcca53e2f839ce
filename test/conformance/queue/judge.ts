import type { Micros } from '#src/storage/ports/common.js';
import { judgeLocks } from '../lock/judge.js';
import * as locks from '../lock/validators.js';
import { locksOf, queuesOf, type Seen, type SeenMessage } from './observations.js';
import * as validate from './validators.js';

/** Judges everything that was seen of the queues and locks of a store. */
export function judgeStore(seen: readonly Seen[], dedupWindow: Micros): void {
  const queueSeen = queuesOf(seen);
  judgeLocks(locksOf(seen));
  validate.fifo(queueSeen);
  validate.atLeastOnce(queueSeen);
  validate.oneInFlight(queueSeen);
  validate.leased(queueSeen);
  validate.claimIsLock(seen);
  validate.deduplicated(queueSeen, dedupWindow);
  validate.pushedOnce(queueSeen);
  validate.counted(queueSeen);
}

/** Judges what clients saw, who know of a claim or a grant only where they got the answer. */
export function judgeClients(seen: readonly Seen[], dedupWindow: Micros): void {
  const [lockSeen, queueSeen] = [locksOf(seen), queuesOf(seen)];
  locks.exclusive(lockSeen);
  locks.safe(lockSeen);
  locks.fair(lockSeen);
  validate.fifo(queueSeen, ({ groupId }: SeenMessage) => groupId !== '');
  validate.atLeastOnce(queueSeen, { lostClaims: true });
  validate.oneInFlight(queueSeen);
  validate.leased(queueSeen);
  validate.claimIsLock(seen);
  validate.deduplicated(queueSeen, dedupWindow);
  validate.pushedOnce(queueSeen);
}
