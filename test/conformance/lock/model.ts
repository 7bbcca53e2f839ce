import type { Micros } from '#src/storage/ports/common.js';
import type {
  EndCause,
  Ending,
  EnterOutcome,
  ExtendOutcome,
  Grant,
  HoldingKind,
  Keep,
  KeepOutcome,
  LeaveOutcome,
  LockLine,
  LockNotice,
  NewTicket,
  ReleaseOutcome,
} from '#src/storage/ports/lock.js';

/** A place in a line; it holds the lock where it has a grant. */
export interface Ticket {
  readonly lockId: string;
  readonly ticket: number;
  readonly requestId: string;
  readonly owner: string;
  readonly kind: HoldingKind;
  readonly lifetime: Micros | undefined;
  readonly lease: Micros;
  readonly requestTime: Micros;
  leaseEnd: Micros;
  grant: Grant | undefined;
}

type Ended = Ending & { readonly lockId: string; readonly ticket: number; readonly requestId: string };

/** What locks have to do, in the plainest way: one array of tickets, in the order of their numbers. */
export class LockModel {
  tickets: Ticket[] = [];
  readonly endings: Ended[] = [];
  /** What was to be told since it was last emptied. */
  notices: LockNotice[] = [];
  /** The tickets that were granted by the call that took them. */
  readonly answered = new Set<number>();
  /** Those of claims. */
  readonly claims = new Set<number>();
  /** What the end of a claim's holding does to its message. */
  onClaimEnd: (ticket: Ticket, cause: EndCause, now: Micros) => void = () => {};
  /** What an interrupted claim is told. */
  onClaimInterrupted: (ticket: Ticket) => void = () => {};
  #last = 0;

  /** The next ticket, fence or claim. */
  number(now: Micros): number {
    this.#last = Math.max(this.#last + 1, now);
    return this.#last;
  }

  /** A line's tickets that have not run out, whether or not that was dealt with. */
  line(lockId: string, now: Micros): Ticket[] {
    return this.tickets.filter((one) => one.lockId === lockId && one.leaseEnd > now);
  }

  /** Ends what has run out in a line, or only some of it, and grants the lock to the first. */
  settle(lockId: string, now: Micros, some: (ticket: number) => boolean = () => true): Ticket[] {
    const over = this.tickets.filter((one) => one.lockId === lockId && one.leaseEnd <= now);
    over.sort((a, b) => a.leaseEnd - b.leaseEnd);
    for (const one of over.filter(({ ticket }) => some(ticket))) {
      this.#remove(one);
      if (one.grant) this.#end(one, 'expired', one.leaseEnd, now);
      else this.#tell(one, { kind: 'ended', ending: undefined });
    }
    const line = this.tickets.filter((one) => one.lockId === lockId);
    const [first] = line;
    if (first && !first.grant && first.leaseEnd > now) this.#grant(first, now);
    return line;
  }

  enter(asked: NewTicket, now: Micros): EnterOutcome {
    const { lockId, requestId } = asked;
    const line = this.settle(lockId, now);
    const mine = line.find((one) => one.requestId === requestId && one.kind !== 'claim');
    if (mine) {
      if (mine.kind === 'stream' || !mine.grant) this.#keep(mine, asked.lease, now);
      if (asked.interrupt && !mine.grant) this.#interrupt(line[0]!);
      return this.#place(mine, line);
    }
    const ended = this.endings.findLast((one) => one.lockId === lockId && one.requestId === requestId);
    if (ended) return { status: 'ended', ending: endingOf(ended) };
    const [holder] = line;
    if (holder && !asked.wait) {
      if (asked.interrupt) this.#interrupt(holder);
      return { status: 'taken', holder: holdingOf(holder), waiting: line.length - 1 };
    }
    if (line.length > asked.maxWaiting) return { status: 'full' };
    const ticket = this.add(asked, this.number(now), now);
    if (!holder) this.answered.add(ticket.ticket);
    if (!holder) this.#grant(ticket, now);
    else if (asked.interrupt) this.#interrupt(holder);
    return this.#place(ticket, [...line, ticket]);
  }

  /** Puts a ticket at the end of its line. */
  add(
    asked: Pick<NewTicket, 'lockId' | 'requestId' | 'owner' | 'lifetime' | 'lease'> & { kind: HoldingKind },
    number: number,
    now: Micros,
  ): Ticket {
    const { lockId, requestId, owner, kind, lifetime, lease } = asked;
    const ticket: Ticket = {
      ...{ lockId, ticket: number, requestId, owner, kind, lifetime, lease },
      requestTime: now,
      leaseEnd: now + lease,
      grant: undefined,
    };
    this.tickets.push(ticket);
    return ticket;
  }

  keep({ lockId, ticket, lease }: Keep, now: Micros): KeepOutcome {
    const line = this.settle(lockId, now);
    const mine = line.find((one) => one.ticket === ticket);
    if (!mine) return { status: 'ended', ending: this.#endingOfTicket(lockId, ticket) };
    if (mine.kind === 'stream' || !mine.grant) this.#keep(mine, lease, now);
    if (mine.grant) return { status: 'granted', grant: mine.grant };
    return { status: 'waiting', ahead: line.indexOf(mine) };
  }

  extend(lockId: string, fence: number, lifetime: Micros, now: Micros): ExtendOutcome {
    const line = this.settle(lockId, now);
    const [holder] = line;
    if (holder?.grant?.fence !== fence)
      return { status: 'ended', ending: this.#endingOfFence(lockId, fence) };
    if (holder.kind !== 'lease') return { status: 'wrong_kind', kind: holder.kind };
    holder.leaseEnd = now + lifetime;
    holder.grant = { ...holder.grant, endTime: now + lifetime };
    return { status: 'extended', grant: holder.grant, waiting: line.length - 1 };
  }

  release(lockId: string, fence: number, now: Micros): ReleaseOutcome {
    const [holder] = this.settle(lockId, now);
    if (holder?.grant?.fence !== fence) {
      const ending = this.#endingOfFence(lockId, fence);
      return ending?.cause === 'released' ? { status: 'repeated' } : { status: 'ended', ending };
    }
    if (holder.kind === 'claim') return { status: 'wrong_kind', kind: 'claim' };
    this.endHolding(holder, 'released', now);
    return { status: 'released' };
  }

  leave(lockId: string, ticket: number, held: boolean, now: Micros): LeaveOutcome {
    const mine = this.settle(lockId, now).find((one) => one.ticket === ticket);
    if (mine?.grant && !held) return { status: 'granted', grant: mine.grant };
    if (mine?.grant) this.endHolding(mine, 'released', now);
    else if (mine) this.#remove(mine);
    return { status: 'left' };
  }

  /** The fences that are known of a lock. */
  fences(lockId: string): number[] {
    const held = this.tickets.filter((one) => one.lockId === lockId && one.grant);
    const ended = this.endings.filter((one) => one.lockId === lockId);
    return [...ended.map(({ fence }) => fence), ...held.map(({ grant }) => grant!.fence)];
  }

  delete(lockId: string, fence: number | undefined, now: Micros): boolean {
    const [holder] = this.settle(lockId, now);
    if (!holder || (fence !== undefined && fence !== holder.grant!.fence)) return false;
    this.endHolding(holder, 'deleted', now);
    return true;
  }

  get(lockId: string, maxWaiters: number, now: Micros): LockLine | undefined {
    const [holder, ...waiters] = this.settle(lockId, now);
    if (!holder) return undefined;
    return {
      lockId,
      holder: holdingOf(holder),
      waiting: waiters.length,
      waiters: waiters
        .slice(0, maxWaiters)
        .map(({ ticket, owner, requestTime }) => ({ ticket, owner, requestTime })),
    };
  }

  list(prefix: string, after: string, limit: number, now: Micros) {
    const held = this.tickets.filter(({ leaseEnd }) => leaseEnd > now).map(({ lockId }) => lockId);
    const ids = [...new Set(held)].filter((id) => id.startsWith(prefix) && compareBytes(id, after) > 0);
    return ids
      .sort(compareBytes)
      .slice(0, limit)
      .map((id) => {
        const { waiters: _, ...state } = this.get(id, 0, now)!;
        return state;
      });
  }

  /** When the first ticket runs out. */
  next(): Micros | undefined {
    const ends = this.tickets.map(({ leaseEnd }) => leaseEnd);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** Ends a holding and grants the lock to the next. */
  endHolding(holder: Ticket, cause: EndCause, now: Micros): void {
    this.#remove(holder);
    this.#end(holder, cause, now, now);
    this.settle(holder.lockId, now);
  }

  /** Makes a claim's ticket, the only one of its line, the holder. */
  grantClaim(ticket: Ticket, leaseEnd: Micros): void {
    const grant = { fence: ticket.ticket, grantTime: ticket.requestTime, endTime: leaseEnd };
    ticket.grant = { ...grant, interrupted: false };
    ticket.leaseEnd = leaseEnd;
    this.answered.add(ticket.ticket);
    this.claims.add(ticket.ticket);
  }

  #grant(ticket: Ticket, now: Micros): void {
    const endTime = ticket.lifetime === undefined ? undefined : now + ticket.lifetime;
    ticket.grant = {
      fence: this.number(now),
      grantTime: now,
      endTime,
      interrupted: false,
    };
    ticket.leaseEnd = ticket.kind === 'lease' ? endTime! : Math.min(endTime ?? Infinity, now + ticket.lease);
    if (!this.answered.has(ticket.ticket)) this.#tell(ticket, { kind: 'granted', grant: ticket.grant });
  }

  #keep(ticket: Ticket, lease: Micros, now: Micros): void {
    ticket.leaseEnd = Math.min(ticket.grant?.endTime ?? Infinity, now + lease);
  }

  #interrupt(holder: Ticket): void {
    if (holder.grant!.interrupted) return;
    holder.grant = { ...holder.grant!, interrupted: true };
    this.#tell(holder, { kind: 'interrupted' });
    if (holder.kind === 'claim') this.onClaimInterrupted(holder);
  }

  #end(holder: Ticket, cause: EndCause, endTime: Micros, now: Micros): void {
    const { lockId, ticket, requestId, grant } = holder;
    const ending = { fence: grant!.fence, cause, endTime };
    if (holder.kind !== 'claim') this.endings.push({ ...ending, lockId, ticket, requestId });
    this.#tell(holder, { kind: 'ended', ending });
    if (holder.kind === 'claim') this.onClaimEnd(holder, cause, now);
  }

  #remove(ticket: Ticket): void {
    this.tickets = this.tickets.filter((one) => one !== ticket);
  }

  #tell(
    { lockId, ticket, requestId }: Ticket,
    what: LockNotice extends infer N
      ? N extends LockNotice
        ? Omit<N, 'lockId' | 'ticket' | 'requestId'>
        : never
      : never,
  ): void {
    this.notices.push({ lockId, ticket, requestId, ...what } as LockNotice);
  }

  #place(ticket: Ticket, line: readonly Ticket[]): EnterOutcome {
    if (ticket.grant) return { status: 'granted', ticket: ticket.ticket, grant: ticket.grant };
    return { status: 'queued', ticket: ticket.ticket, ahead: line.indexOf(ticket) };
  }

  #endingOfFence(lockId: string, fence: number): Ending | undefined {
    const ended = this.endings.find((one) => one.lockId === lockId && one.fence === fence);
    return ended && endingOf(ended);
  }

  #endingOfTicket(lockId: string, ticket: number): Ending | undefined {
    const ended = this.endings.find((one) => one.lockId === lockId && one.ticket === ticket);
    return ended && endingOf(ended);
  }
}

export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function endingOf({ fence, cause, endTime }: Ended): Ending {
  return { fence, cause, endTime };
}

function holdingOf({ ticket, owner, kind, requestTime, leaseEnd, grant }: Ticket) {
  return { ...grant!, ticket, owner, kind, requestTime, leaseEnd };
}
