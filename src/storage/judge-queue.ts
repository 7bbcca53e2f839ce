import { randomFillSync } from 'node:crypto';
import type { Micros } from './ports/common.js';
import type { EndCause } from './ports/lock.js';
import type {
  ClaimEnd,
  ClaimEnding,
  Message,
  MessageState,
  Settlement,
  SettleOutcome,
} from './ports/queue.js';

const idBytes = 16;
/** Random bytes for the next ids, as to fetch them for each takes longer than all else about a message. */
const random = Buffer.alloc(256 * idBytes);
let used = random.length;

/** 128 random bits. */
export function newMessageId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += idBytes;
  return random.toString('base64url', used - idBytes, used);
}

/** What of a message changes with its state. */
export interface MessageChange {
  readonly state: MessageState;
  readonly readyTime: Micros | undefined;
  readonly attempts: number;
}

type Attempted = Pick<Message, 'readyTime' | 'attempts' | 'maxAttempts'>;

/** A message that is pushed. */
export function pushed(delay: Micros | undefined, now: Micros) {
  return { ...readyAfter(delay, undefined, now), attempts: 0 };
}

/** What ends a claim. */
export type Settling = Exclude<Settlement, { readonly kind: 'extend' }>;

/** A message whose claim is settled; undefined where it is done. */
export function settled(message: Attempted, settlement: Settling, now: Micros): MessageChange | undefined {
  switch (settlement.kind) {
    case 'ack':
      return undefined;
    case 'nack':
      return attempted(message, settlement.delay, now);
    case 'return':
      return returned(message);
  }
}

/** A message whose claim came to nothing: ready again, perhaps after a delay, or parked. */
export function attempted(message: Attempted, delay: Micros | undefined, now: Micros): MessageChange {
  const { attempts, maxAttempts, readyTime } = message;
  if (attempts >= maxAttempts) return { state: 'parked', readyTime, attempts };
  return { ...readyAfter(delay, readyTime, now), attempts };
}

/** A message that is as if its last claim or pop had never been. */
export function returned({ attempts, readyTime }: Attempted): MessageChange {
  return { state: 'ready', readyTime, attempts: attempts - 1 };
}

/** A delayed message whose time has come. */
export function due({ readyTime, attempts }: Attempted): MessageChange {
  return { state: 'ready', readyTime, attempts };
}

/** A parked message that is replayed. */
export function replayed({ readyTime }: Attempted): MessageChange {
  return { state: 'ready', readyTime, attempts: 0 };
}

/** What a settlement is that comes after the claim's end. */
export function judgeSettled(kind: Settlement['kind'], ending: ClaimEnding | undefined): SettleOutcome {
  const isSame = kind !== 'extend' && ending?.cause === causeOf[kind];
  return isSame ? { status: 'repeated' } : { status: 'ended', ending };
}

/** The end that a settlement makes; what is returned is remembered as given back. */
export const causeOf = { ack: 'acked', nack: 'nacked', return: 'nacked' } as const;

/** What the end of a claim is to the lock that it held. */
export function holdingEnd(cause: ClaimEnd): EndCause {
  return cause === 'expired' || cause === 'deleted' ? cause : 'released';
}

/** What has run out did so at its time, however late it is dealt with. */
export function claimEnding(cause: ClaimEnd, leaseEnd: Micros, now: Micros): ClaimEnding {
  return { cause, endTime: cause === 'expired' ? leaseEnd : now };
}

function readyAfter(delay: Micros | undefined, readyTime: Micros | undefined, now: Micros) {
  return delay
    ? ({ state: 'delayed', readyTime: now + delay } as const)
    : ({ state: 'ready', readyTime } as const);
}
