import type { Micros } from './common.js';

/** What keeps a holding up: renewals by its holder, a stream's sidecar, or the lease of a claimed message. */
export type HoldingKind = 'lease' | 'stream' | 'claim';

/** What a line is asked for. */
export interface NewTicket {
  readonly lockId: string;
  /** Names the request in its lock's line. */
  readonly requestId: string;
  /** Empty for none. */
  readonly owner: string;
  readonly kind: 'lease' | 'stream';
  /** The longest holding, from the grant or the last extension; undefined for no end. */
  readonly lifetime: Micros | undefined;
  /** How long a waiting ticket lasts, and a stream's holding, unless it is kept. */
  readonly lease: Micros;
  /** Whether to wait where the lock is taken. */
  readonly wait: boolean;
  /** Whether the holder is told that somebody asks. */
  readonly interrupt: boolean;
  /** The most that may wait for the lock, this one among them. */
  readonly maxWaiting: number;
}

export interface Grant {
  /** Higher than that of every grant before in the lock's partition, also after the store forgot them. */
  readonly fence: number;
  readonly grantTime: Micros;
  /** When it ends unless it is extended; undefined where it has no end as long as it is kept. */
  readonly endTime: Micros | undefined;
  readonly interrupted: boolean;
}

/** Why a holding is over. */
export type EndCause = 'released' | 'expired' | 'deleted';

/** A holding that is over, as it is remembered for 24 h, the last 65,536 of them. */
export interface Ending {
  readonly fence: number;
  readonly cause: EndCause;
  readonly endTime: Micros;
}

export interface Holding extends Grant {
  readonly ticket: number;
  readonly owner: string;
  readonly kind: HoldingKind;
  readonly requestTime: Micros;
  /** When the next in line gets the lock unless the holding is kept, extended or ended before. */
  readonly leaseEnd: Micros;
}

export type EnterOutcome =
  /** Also to a repeat of the request that has the grant. */
  | { readonly status: 'granted'; readonly ticket: number; readonly grant: Grant }
  /** `ahead` counts the holder. */
  | { readonly status: 'queued'; readonly ticket: number; readonly ahead: number }
  /** Not to wait was asked for. */
  | { readonly status: 'taken'; readonly holder: Holding; readonly waiting: number }
  /** As many wait as may. */
  | { readonly status: 'full' }
  /** The request's grant is over. */
  | { readonly status: 'ended'; readonly ending: Ending };

/** A ticket to be kept from running out. */
export interface Keep {
  readonly lockId: string;
  readonly ticket: number;
  /** From now. */
  readonly lease: Micros;
}

export type KeepOutcome =
  | { readonly status: 'waiting'; readonly ahead: number }
  | { readonly status: 'granted'; readonly grant: Grant }
  /** Undefined where it was never granted, or is not remembered. */
  | { readonly status: 'ended'; readonly ending: Ending | undefined };

/** What can become of what is done to a holding by its fence. */
type HeldOutcome<Done> =
  | Done
  /** Undefined where no such holding is remembered. */
  | { readonly status: 'ended'; readonly ending: Ending | undefined }
  /** The holding is kept up by something else. */
  | { readonly status: 'wrong_kind'; readonly kind: HoldingKind };

export type ExtendOutcome = HeldOutcome<{
  readonly status: 'extended';
  readonly grant: Grant;
  readonly waiting: number;
}>;

/** `repeated` where it was released before. */
export type ReleaseOutcome = HeldOutcome<{ readonly status: 'released' | 'repeated' }>;

export type LeaveOutcome =
  /** The ticket is gone, or was before. */
  | { readonly status: 'left' }
  /** It has the lock, and keeps it. */
  | { readonly status: 'granted'; readonly grant: Grant };

/** A lock that is held. */
export interface LockState {
  readonly lockId: string;
  readonly holder: Holding;
  readonly waiting: number;
}

export interface Waiter {
  readonly ticket: number;
  readonly owner: string;
  readonly requestTime: Micros;
}

/** A lock with its line, the first first. */
export interface LockLine extends LockState {
  readonly waiters: readonly Waiter[];
}

/** What happened to a ticket. */
export type LockNotice = { readonly lockId: string; readonly ticket: number; readonly requestId: string } & (
  | { readonly kind: 'granted'; readonly grant: Grant }
  /** Somebody asks the holder to let go. */
  | { readonly kind: 'interrupted' }
  /** A holding is over, or a waiting ticket has run out, which has no ending. */
  | { readonly kind: 'ended'; readonly ending: Ending | undefined }
);

/** What is to be done next about things that run out. */
export interface ExpireStep {
  /** True where more has run out already. */
  readonly more: boolean;
  /** When the next thing runs out, as far as is known. */
  readonly next: Micros | undefined;
}

/**
 * Lines of tickets, one per lock. The first ticket of a line that has not run out holds the lock, and has since the
 * moment it became the first: whatever ends a holding grants the lock to the next in the same atomic step. A ticket
 * that has run out by `now` counts as gone in every operation, whether or not it was removed yet.
 *
 * Tickets and fences are numbers that grow: each is max(the last one given in the lock's partition + 1, now).
 *
 * `now` is the sidecar's clock, which never goes back (storage/clock.ts); an engine with a clock of its own judges
 * by that.
 */
export interface LockStore {
  /** Takes a place at the end of a line; of a request that is in the line, tells its place. */
  enter(ticket: NewTicket, now: Micros): Promise<EnterOutcome>;

  /** Keeps waiting tickets and streams' holdings; outcomes in array order. An `endTime` is never passed. */
  keep(tickets: readonly Keep[], now: Micros): Promise<readonly KeepOutcome[]>;

  /** Lets a holding of kind `lease` last for `lifetime` from now. */
  extend(lockId: string, fence: number, lifetime: Micros, now: Micros): Promise<ExtendOutcome>;

  /** Ends a holding, of kind `lease` or `stream`. */
  release(lockId: string, fence: number, now: Micros): Promise<ReleaseOutcome>;

  /** Gives a waiting ticket up; a granted one too where `held`, which then counts as released. */
  leave(lockId: string, ticket: number, held: boolean, now: Micros): Promise<LeaveOutcome>;

  /** Ends a holding of any kind: whichever there is, or the one with the fence. False where there is none such. */
  delete(lockId: string, fence: number | undefined, now: Micros): Promise<boolean>;

  /** The lock, unless it is free, with at most so many of its waiters. */
  get(lockId: string, maxWaiters: number, now: Micros): Promise<LockLine | undefined>;

  /** Locks that are held, ids ascending by bytes, behind `after` (exclusive). */
  list(prefix: string, after: string, limit: number, now: Micros): Promise<readonly LockState[]>;

  /** Ends what has run out, at most `limit` tickets, so that those who wait are granted what is free. */
  expire(limit: number, now: Micros): Promise<ExpireStep>;

  /** Removes what is remembered for too long, at most `limit`. True where there may be more. */
  sweep(limit: number, now: Micros): Promise<boolean>;

  /**
   * Calls back, once it is stored, with whatever happens to any ticket, by this process's operations in their order;
   * by others' at some later time and perhaps not at all, so that it is a hint: `keep` tells for sure. Where others'
   * may have been missed, `onMissed` is called.
   */
  watch(onNotice: (notice: LockNotice) => void, onMissed?: () => void): Promise<AsyncDisposable>;
}
