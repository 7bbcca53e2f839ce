import { endingWindow, maxEndings } from '../judge-lock.js';
import { nextNumber } from '../numbers.js';
import type { Micros } from '../ports/common.js';
import type { LockNotice } from '../ports/lock.js';
import type { ClaimEnding, QueueNotice } from '../ports/queue.js';
import { Dedups } from './dedups.js';
import { Endings } from './endings.js';
import { Lines } from './lines.js';
import { Notices } from './notices.js';
import { Queues } from './queues.js';
import { Recent } from './recent.js';

/** What the locks and queues of a store share, as claims of grouped messages hold locks. */
export interface State {
  readonly lines: Lines;
  readonly queues: Queues;
  readonly endings: Endings;
  /** By claim. */
  readonly claimEndings: Recent<number, EndedClaim>;
  readonly dedups: Dedups;
  readonly lockNotices: Notices<LockNotice>;
  readonly queueNotices: Notices<QueueNotice>;
  /** The last ticket, fence or claim. */
  number: number;
  /** The last place in a queue. */
  place: number;
}

interface EndedClaim {
  readonly messageId: string;
  readonly ending: ClaimEnding;
  readonly time: Micros;
}

export function newState(dedupWindow: Micros): State {
  const lines: Lines = new Lines((lockId) => queues.lockTurned(lockId));
  const queues: Queues = new Queues((lockId) => lines.length(lockId) === 0);
  return {
    lines,
    queues,
    endings: new Endings(),
    claimEndings: new Recent({ window: endingWindow, max: maxEndings }),
    dedups: new Dedups(dedupWindow),
    lockNotices: new Notices(),
    queueNotices: new Notices(),
    number: 0,
    place: 0,
  };
}

/** Gives the next number to a ticket, a fence or a claim. */
export function drawNumber(state: State, now: Micros): number {
  state.number = nextNumber(state.number, now);
  return state.number;
}
