import { TracksideError } from '../../errors.js';
import {
  extended,
  granted,
  holdingOf,
  judgeEnter,
  judgeExtend,
  judgeRelease,
  keptUntil,
  waitingTicket,
} from '../judge-lock.js';
import { attempted } from '../judge-queue.js';
import { laterKey } from '../keys.js';
import type { Micros } from '../ports/common.js';
import type {
  EnterOutcome,
  ExtendOutcome,
  Keep,
  KeepOutcome,
  LeaveOutcome,
  LockLine,
  LockState,
  LockStore,
  NewTicket,
  ReleaseOutcome,
} from '../ports/lock.js';
import { endClaim, endTicket } from './ends.js';
import { drawNumber, type State } from './held.js';
import type { MemoryTicket } from './lines.js';
import { expireTickets, operate } from './operate.js';
import { claimedBy, receiptOf } from './receipts.js';

/** Locks in memory, with at most so many tickets. */
export function openLock(state: State, maxTickets: number): LockStore {
  return {
    enter: (ticket, now) => operate(state, now, () => enter(state, ticket, maxTickets, now)),
    keep: (tickets, now) => operate(state, now, () => tickets.map((one) => keep(state, one, now))),
    extend: (lockId, fence, lifetime, now) =>
      operate(state, now, () => extend(state, lockId, fence, lifetime, now)),
    release: (lockId, fence, now) => operate(state, now, () => release(state, lockId, fence, now)),
    leave: (lockId, ticket, held, now) => operate(state, now, () => leave(state, lockId, ticket, held, now)),
    delete: (lockId, fence, now) => operate(state, now, () => end(state, lockId, fence, now)),
    get: (lockId, maxWaiters, now) => operate(state, now, () => lineOf(state, lockId, maxWaiters)),
    list: (prefix, after, limit, now) => operate(state, now, () => list(state, prefix, after, limit)),
    expire: (limit, now) => expireTickets(state, limit, now),
    sweep: async (limit, now) => state.endings.sweep(limit, now),
    watch: async (onNotice) => state.lockNotices.watch(onNotice),
  };
}

function enter(state: State, asked: NewTicket, maxTickets: number, now: Micros): EnterOutcome {
  const { lines } = state;
  const { lockId, requestId } = asked;
  const own = lines.ofRequest(lockId, requestId);
  const ending = state.endings.ofRequest(lockId, requestId, now);
  const length = lines.length(lockId);
  switch (judgeEnter(asked, { own, ending, length })) {
    case 'ended':
      return { status: 'ended', ending: ending! };
    case 'full':
      return { status: 'full' };
    case 'taken': {
      if (asked.interrupt) interrupt(state, lockId, undefined);
      const { holder, waiting } = stateOf(state, lockId)!;
      return { status: 'taken', holder, waiting };
    }
    case 'repeat':
      lines.hold(own!, { leaseEnd: keptUntil(own!, asked.lease, now) });
      if (asked.interrupt) interrupt(state, lockId, own);
      return place(state, own!);
    default: {
      const ticket = take(state, asked, maxTickets, now);
      if (asked.interrupt) interrupt(state, lockId, ticket);
      return place(state, ticket);
    }
  }
}

/** Adds a ticket at the line's end, granted where it is the first. */
function take(state: State, asked: NewTicket, maxTickets: number, now: Micros): MemoryTicket {
  if (state.lines.size >= maxTickets) {
    throw new TracksideError(
      'STORE_FULL',
      `the locks in memory have ${maxTickets} tickets, the most they may; try again later`,
    );
  }
  const ticket = state.lines.add(waitingTicket(asked, drawNumber(state, now), now));
  if (state.lines.first(asked.lockId) === ticket) {
    state.lines.hold(ticket, granted(ticket, drawNumber(state, now), now));
  }
  return ticket;
}

function place({ lines }: State, own: MemoryTicket): EnterOutcome {
  const { ticket, grant } = own;
  return grant ? { status: 'granted', ticket, grant } : { status: 'queued', ticket, ahead: lines.ahead(own) };
}

/** Tells a holder, once, that somebody else asks. */
function interrupt(state: State, lockId: string, own: MemoryTicket | undefined): void {
  const holder = state.lines.first(lockId);
  if (!holder?.grant || holder === own || holder.grant.interrupted) return;
  state.lines.hold(holder, { grant: { ...holder.grant, interrupted: true } });
  const { ticket, requestId } = holder;
  state.lockNotices.add({ kind: 'interrupted', lockId, ticket, requestId });
  if (holder.kind !== 'claim') return;
  const { message, claim } = claimedBy(state, holder);
  const receipt = receiptOf(message.messageId, claim!);
  state.queueNotices.add({ kind: 'interrupted', queueId: message.queueId, receipt });
}

function keep(state: State, { lockId, ticket, lease }: Keep, now: Micros): KeepOutcome {
  const own = state.lines.find(lockId, ticket);
  if (!own) return { status: 'ended', ending: state.endings.ofTicket(lockId, ticket, now) };
  state.lines.hold(own, { leaseEnd: keptUntil(own, lease, now) });
  return own.grant
    ? { status: 'granted', grant: own.grant }
    : { status: 'waiting', ahead: state.lines.ahead(own) };
}

function extend(state: State, lockId: string, fence: number, lifetime: Micros, now: Micros): ExtendOutcome {
  const { lines, endings } = state;
  const holder = lines.first(lockId);
  const refused = judgeExtend(holder, fence, endings.ofFence(lockId, fence, now));
  if (refused) return refused;
  const held = extended(holder!.grant!, lifetime, now);
  lines.hold(holder!, held);
  return { status: 'extended', grant: held.grant, waiting: lines.length(lockId) - 1 };
}

function release(state: State, lockId: string, fence: number, now: Micros): ReleaseOutcome {
  const holder = state.lines.first(lockId);
  const refused = judgeRelease(holder, fence, state.endings.ofFence(lockId, fence, now));
  if (refused) return refused;
  endTicket(state, holder!, 'released', now);
  return { status: 'released' };
}

function leave(state: State, lockId: string, ticket: number, held: boolean, now: Micros): LeaveOutcome {
  const own = state.lines.find(lockId, ticket);
  if (own?.grant && (!held || own.kind === 'claim')) return { status: 'granted', grant: own.grant };
  if (own?.grant) endTicket(state, own, 'released', now);
  else if (own) state.lines.remove(own);
  return { status: 'left' };
}

/** Ends a holding. A message that held the lock by its claim goes back to its queue. */
function end(state: State, lockId: string, fence: number | undefined, now: Micros): boolean {
  const holder = state.lines.first(lockId);
  if (!holder || (fence !== undefined && holder.grant!.fence !== fence)) return false;
  if (holder.kind === 'claim') {
    const stored = claimedBy(state, holder);
    endClaim(state, stored, 'deleted', attempted(stored.message, undefined, now), now);
  } else {
    endTicket(state, holder, 'deleted', now);
  }
  return true;
}

function lineOf(state: State, lockId: string, maxWaiters: number): LockLine | undefined {
  const lock = stateOf(state, lockId);
  if (!lock) return undefined;
  const waiters = [];
  for (const { ticket, owner, requestTime, grant } of state.lines.ticketsOf(lockId)) {
    if (grant) continue;
    if (waiters.length === maxWaiters) break;
    waiters.push({ ticket, owner, requestTime });
  }
  return { ...lock, waiters };
}

function list(state: State, prefix: string, after: string, limit: number): readonly LockState[] {
  const locks: LockState[] = [];
  for (const lockId of state.lines.idsFrom(laterKey(prefix, after))) {
    if (locks.length === limit || !lockId.startsWith(prefix)) break;
    if (lockId !== after) locks.push(stateOf(state, lockId)!);
  }
  return locks;
}

function stateOf({ lines }: State, lockId: string): LockState | undefined {
  const holder = lines.first(lockId);
  if (!holder) return undefined;
  return { lockId, holder: holdingOf(holder, holder.grant!), waiting: lines.length(lockId) - 1 };
}
