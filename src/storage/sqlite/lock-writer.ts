import {
  extended,
  holdingOf,
  judgeEnter,
  judgeExtend,
  judgeRelease,
  keptUntil,
  type Ticket,
  waitingTicket,
} from '../judge-lock.js';
import type { Micros } from '../ports/common.js';
import type {
  EnterOutcome,
  ExtendOutcome,
  Keep,
  KeepOutcome,
  LeaveOutcome,
  NewTicket,
  ReleaseOutcome,
} from '../ports/lock.js';
import { type Claimer, receiptOf } from './claimer.js';
import type { Claims } from './claims.js';
import type { Counters } from './counters.js';
import type { Holdings } from './holdings.js';
import type { Line, Lines } from './lines.js';
import type { LockEndings } from './lock-endings.js';
import type { Notices } from './notices.js';
import type { Queues } from './queues.js';

/** What the locks' operations are made of. */
export interface LockParts {
  readonly lines: Lines;
  readonly holdings: Holdings;
  readonly endings: LockEndings;
  readonly counters: Counters;
  readonly notices: Notices;
  readonly queues: Queues;
  readonly claims: Claims;
  readonly claimer: Claimer;
}

/** The locks' operations on what has not run out, within a transaction of the caller's. */
export class LockWriter {
  readonly #parts: LockParts;

  constructor(parts: LockParts) {
    this.#parts = parts;
  }

  enter(asked: NewTicket, now: Micros): EnterOutcome {
    const { lines, endings } = this.#parts;
    const { lockId, requestId } = asked;
    const line = lines.find(lockId);
    const own = line && lines.ofRequest(line, requestId);
    const ending = own ? undefined : endings.ofRequest(lockId, requestId, now);
    const verdict = judgeEnter(asked, { own, ending, length: line?.length ?? 0 });
    if (verdict === 'ended') return { status: 'ended', ending: ending! };
    if (verdict === 'full') return { status: 'full' };
    if (verdict === 'grant') return this.#enterFirst(asked, now);
    if (asked.interrupt) this.#interrupt(line!, own);
    if (verdict === 'taken') return { status: 'taken', ...this.#holderOf(line!) };
    if (verdict === 'queue') return this.#enterLast(line!, asked, now);
    lines.keep(own!, keptUntil(own!, asked.lease, now));
    const { ticket, grant } = own!;
    if (grant) return { status: 'granted', ticket, grant };
    return { status: 'queued', ticket, ahead: lines.between(line!, 0, ticket) };
  }

  /** Places of tickets in a line that are asked for one behind the other are counted once. */
  keep(keeps: readonly Keep[], now: Micros): readonly KeepOutcome[] {
    const { lines, endings } = this.#parts;
    let known = { lockId: '', ticket: 0, ahead: 0 };
    return keeps.map(({ lockId, ticket, lease }) => {
      const line = lines.find(lockId);
      const own = line && lines.ticket(line, ticket);
      if (!own) return { status: 'ended', ending: endings.ofTicket(lockId, ticket, now) };
      lines.keep(own, keptUntil(own, lease, now));
      if (own.grant) return { status: 'granted', grant: own.grant };
      if (known.lockId !== lockId || known.ticket > ticket) known = { lockId, ticket: 0, ahead: 0 };
      const ahead = known.ahead + lines.between(line, known.ticket, ticket);
      known = { lockId, ticket, ahead };
      return { status: 'waiting', ahead };
    });
  }

  extend(lockId: string, fence: number, lifetime: Micros, now: Micros): ExtendOutcome {
    const { lines } = this.#parts;
    const line = lines.find(lockId);
    const holder = line && lines.first(line);
    const refused = judgeExtend(holder, fence, this.#endingOf(holder, lockId, fence, now));
    if (refused) return refused;
    const held = extended(holder!.grant!, lifetime, now);
    lines.hold(holder!, held);
    return { status: 'extended', grant: held.grant, waiting: line!.length - 1 };
  }

  release(lockId: string, fence: number, now: Micros): ReleaseOutcome {
    const { lines, holdings } = this.#parts;
    const line = lines.find(lockId);
    const holder = line && lines.first(line);
    const refused = judgeRelease(holder, fence, this.#endingOf(holder, lockId, fence, now));
    if (refused) return refused;
    holdings.end(line!, holder!, 'released', now);
    return { status: 'released' };
  }

  leave(lockId: string, ticket: number, held: boolean, now: Micros): LeaveOutcome {
    const { lines, holdings } = this.#parts;
    const line = lines.find(lockId);
    const own = line && lines.ticket(line, ticket);
    if (own?.grant && (!held || own.kind === 'claim')) return { status: 'granted', grant: own.grant };
    if (own?.grant) holdings.end(line!, own, 'released', now);
    else if (own) lines.remove(line!, own);
    return { status: 'left' };
  }

  /** A message that held the lock by its claim goes back to its queue. */
  delete(lockId: string, fence: number | undefined, now: Micros): boolean {
    const { lines, holdings, claims, claimer } = this.#parts;
    const line = lines.find(lockId);
    const holder = line && lines.first(line);
    if (!holder || (fence !== undefined && holder.grant!.fence !== fence)) return false;
    if (holder.kind === 'claim') claimer.lose(claims.find(holder.ticket, now)!, 'deleted', now);
    else holdings.end(line, holder, 'deleted', now);
    return true;
  }

  #enterFirst(asked: NewTicket, now: Micros): EnterOutcome {
    const { lines, holdings, counters } = this.#parts;
    const ticket = waitingTicket(asked, counters.nextNumber(now), now);
    lines.add(undefined, ticket);
    return { status: 'granted', ticket: ticket.ticket, grant: holdings.grant(ticket, now) };
  }

  #enterLast(line: Line, asked: NewTicket, now: Micros): EnterOutcome {
    const ticket = waitingTicket(asked, this.#parts.counters.nextNumber(now), now);
    this.#parts.lines.add(line, ticket);
    return { status: 'queued', ticket: ticket.ticket, ahead: line.length };
  }

  /** Tells the holder, once, that somebody else asks. */
  #interrupt(line: Line, own: Ticket | undefined): void {
    const { lines, claims, queues, notices } = this.#parts;
    const holder = lines.first(line);
    const { lockId, ticket, requestId, grant, leaseEnd } = holder;
    if (!grant || grant.interrupted || ticket === own?.ticket) return;
    lines.hold(holder, { grant: { ...grant, interrupted: true }, leaseEnd });
    notices.lock({ kind: 'interrupted', lockId, ticket, requestId });
    if (holder.kind !== 'claim') return;
    const claim = claims.find(ticket, 0)!;
    const { queueId } = queues.at(claim.queue);
    notices.queue({ kind: 'interrupted', queueId, receipt: receiptOf(claim) });
  }

  #holderOf(line: Line) {
    const holder = this.#parts.lines.first(line);
    return { holder: holdingOf(holder, holder.grant!), waiting: line.length - 1 };
  }

  /** How the holding with a fence ended, where it isn't the holder's. */
  #endingOf(holder: Ticket | undefined, lockId: string, fence: number, now: Micros) {
    return holder?.grant?.fence === fence ? undefined : this.#parts.endings.ofFence(lockId, fence, now);
  }
}
