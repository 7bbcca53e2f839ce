import type { Micros } from './ports/common.js';
import type {
  EndCause,
  Ending,
  Grant,
  Holding,
  HoldingKind,
  NewTicket,
  ReleaseOutcome,
} from './ports/lock.js';

/** How long an ending is remembered, while there is room. */
export const endingWindow: Micros = 24 * 3_600_000_000;
/** How many endings are remembered. */
export const maxEndings = 65_536;

/** A ticket in a line, as a store keeps it. */
export interface Ticket {
  readonly lockId: string;
  readonly ticket: number;
  /** For a claim the message's id. */
  readonly requestId: string;
  readonly owner: string;
  readonly kind: HoldingKind;
  readonly lifetime: Micros | undefined;
  /** As asked for; a grant begins with it. */
  readonly lease: Micros;
  readonly requestTime: Micros;
  /** From then on it counts as gone. */
  readonly leaseEnd: Micros;
  /** Undefined while it waits. */
  readonly grant: Grant | undefined;
}

/** What of a ticket changes when it is granted, or kept up. */
export interface Held {
  readonly grant: Grant;
  readonly leaseEnd: Micros;
}

export function hasRunOut({ leaseEnd }: Ticket, now: Micros): boolean {
  return leaseEnd <= now;
}

/** What an enter meets: a line without tickets that have run out. */
export interface StandingLine {
  /** The request's own ticket. */
  readonly own: Ticket | undefined;
  /** That of the request's grant. */
  readonly ending: Ending | undefined;
  readonly length: number;
}

/**
 * Decides about an enter: tell what the request has, and keep that; tell that it is over; grant at once; refuse, as
 * the lock is taken or too many wait; take the last place.
 */
export function judgeEnter(
  asked: NewTicket,
  { own, ending, length }: StandingLine,
): 'repeat' | 'ended' | 'grant' | 'taken' | 'full' | 'queue' {
  if (own) return 'repeat';
  if (ending) return 'ended';
  if (length === 0) return 'grant';
  if (!asked.wait) return 'taken';
  return length > asked.maxWaiting ? 'full' : 'queue';
}

/** A new ticket, as it waits. */
export function waitingTicket(asked: NewTicket, ticket: number, now: Micros): Ticket {
  const { lockId, requestId, owner, kind, lifetime, lease } = asked;
  return {
    lockId,
    ticket,
    requestId,
    owner,
    kind,
    lifetime,
    lease,
    requestTime: now,
    leaseEnd: now + lease,
    grant: undefined,
  };
}

/** The ticket by which a claim holds its group's lock; its number is also the grant's fence. */
export function claimTicket(
  claimed: { readonly messageId: string; readonly groupId: string },
  claim: number,
  { owner, lease }: { readonly owner: string; readonly lease: Micros },
  now: Micros,
): Ticket {
  const leaseEnd = now + lease;
  return {
    lockId: claimed.groupId,
    ticket: claim,
    requestId: claimed.messageId,
    owner,
    kind: 'claim',
    lifetime: lease,
    lease,
    requestTime: now,
    leaseEnd,
    grant: { fence: claim, grantTime: now, endTime: leaseEnd, interrupted: false },
  };
}

/** A grant to the first in line, which counts from now. */
export function granted({ kind, lifetime, lease }: Ticket, fence: number, now: Micros): Held {
  const endTime = lifetime === undefined ? undefined : now + lifetime;
  const grant = { fence, grantTime: now, endTime, interrupted: false };
  return { grant, leaseEnd: kind === 'stream' ? capped(now + lease, endTime) : (endTime ?? now + lease) };
}

/** When a ticket that is kept runs out; what a lease or a claim holds is kept up otherwise. */
export function keptUntil({ kind, grant, leaseEnd }: Ticket, lease: Micros, now: Micros): Micros {
  if (!grant) return now + lease;
  return kind === 'stream' ? capped(now + lease, grant.endTime) : leaseEnd;
}

/** A holding, of a lease or a claim, that lasts for so long from now. */
export function extended(grant: Grant, lifetime: Micros, now: Micros): Held {
  return { grant: { ...grant, endTime: now + lifetime }, leaseEnd: now + lifetime };
}

/** How a holding ends: what has run out did so at its time, however late it is dealt with. */
export function endingOf(holder: Held, cause: EndCause, now: Micros): Ending {
  return { fence: holder.grant.fence, cause, endTime: cause === 'expired' ? holder.leaseEnd : now };
}

/** Decides about an extension: a refusal, or undefined where it is to be carried out. */
export function judgeExtend(holder: Ticket | undefined, fence: number, ending: Ending | undefined) {
  if (holder?.grant?.fence !== fence) return { status: 'ended', ending } as const;
  return holder.kind === 'lease' ? undefined : ({ status: 'wrong_kind', kind: holder.kind } as const);
}

/** Decides about a release: a refusal, or undefined where it is to be carried out. */
export function judgeRelease(
  holder: Ticket | undefined,
  fence: number,
  ending: Ending | undefined,
): ReleaseOutcome | undefined {
  if (holder?.grant?.fence !== fence) {
    return ending?.cause === 'released' ? { status: 'repeated' } : { status: 'ended', ending };
  }
  return holder.kind === 'claim' ? { status: 'wrong_kind', kind: 'claim' } : undefined;
}

/** A holding as others see it. */
export function holdingOf({ ticket, owner, kind, requestTime, leaseEnd }: Ticket, grant: Grant): Holding {
  return { ...grant, ticket, owner, kind, requestTime, leaseEnd };
}

function capped(time: Micros, end: Micros | undefined): Micros {
  return end === undefined ? time : Math.min(time, end);
}
