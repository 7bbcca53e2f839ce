import type { Held, Ticket } from '../judge-lock.js';
import type { Micros } from '../ports/common.js';
import type { Grant } from '../ports/lock.js';
import { SteadyMap } from '../steady-map.js';
import { SortedIds } from './ids.js';
import { Sorted } from './sorted.js';

export interface MemoryTicket extends Ticket {
  leaseEnd: Micros;
  grant: Grant | undefined;
}

interface Numbered {
  readonly ticket: number;
}

type Line = Sorted<MemoryTicket, Numbered>;

/** The tickets of all locks. A lock without tickets leaves nothing. */
export class Lines {
  readonly #lines = new SteadyMap<string, Line>();
  readonly #ids = new SortedIds();
  readonly #byNumber = new Map<number, MemoryTicket>();
  /** Without those of claims. */
  readonly #byRequest = new Map<string, MemoryTicket>();
  readonly #byLeaseEnd: Sorted<MemoryTicket> = new Sorted(
    (a, b) => a.leaseEnd - b.leaseEnd || a.ticket - b.ticket,
  );
  readonly #onTurn: (lockId: string) => void;

  /** `onTurn` is told of each lock that becomes free or stops being so. */
  constructor(onTurn: (lockId: string) => void) {
    this.#onTurn = onTurn;
  }

  /** How many tickets there are. */
  get size(): number {
    return this.#byNumber.size;
  }

  /** The ticket that runs out first. */
  get nextToEnd(): MemoryTicket | undefined {
    return this.#byLeaseEnd.first;
  }

  length(lockId: string): number {
    return this.#lines.get(lockId)?.size ?? 0;
  }

  first(lockId: string): MemoryTicket | undefined {
    return this.#lines.get(lockId)?.first;
  }

  find(lockId: string, ticket: number): MemoryTicket | undefined {
    const found = this.#byNumber.get(ticket);
    return found?.lockId === lockId ? found : undefined;
  }

  ofRequest(lockId: string, requestId: string): MemoryTicket | undefined {
    return this.#byRequest.get(requestKey(lockId, requestId));
  }

  /** How many are before a ticket in its line. */
  ahead(ticket: MemoryTicket): number {
    return this.#lines.get(ticket.lockId)!.rank(ticket);
  }

  /** The tickets of a lock, the first first. */
  ticketsOf(lockId: string): Iterable<MemoryTicket> {
    return this.#lines.get(lockId)?.from({ ticket: 0 }) ?? [];
  }

  /** The locks that have tickets, ascending by bytes. */
  idsFrom(start: string): Iterable<string> {
    return this.#ids.from(start);
  }

  /** Adds a ticket at the end of its line. */
  add(added: Ticket): MemoryTicket {
    const ticket: MemoryTicket = { ...added };
    const { lockId, requestId } = ticket;
    const line = this.#lines.get(lockId);
    this.#byNumber.set(ticket.ticket, ticket);
    if (ticket.kind !== 'claim') this.#byRequest.set(requestKey(lockId, requestId), ticket);
    this.#byLeaseEnd.add(ticket);
    if (line) line.add(ticket);
    else this.#open(ticket);
    return ticket;
  }

  remove(ticket: MemoryTicket): void {
    const { lockId, requestId } = ticket;
    const line = this.#lines.get(lockId)!;
    line.delete(ticket);
    this.#byNumber.delete(ticket.ticket);
    if (ticket.kind !== 'claim') this.#byRequest.delete(requestKey(lockId, requestId));
    this.#byLeaseEnd.delete(ticket);
    if (line.size === 0) this.#close(lockId);
  }

  /** Changes when a ticket runs out, and its grant. */
  hold(ticket: MemoryTicket, { grant = ticket.grant, leaseEnd }: Partial<Held>): void {
    ticket.grant = grant;
    if (leaseEnd === undefined || leaseEnd === ticket.leaseEnd) return;
    this.#byLeaseEnd.delete(ticket);
    ticket.leaseEnd = leaseEnd;
    this.#byLeaseEnd.add(ticket);
  }

  #open(first: MemoryTicket): void {
    const line: Line = new Sorted(byNumber);
    line.add(first);
    this.#lines.set(first.lockId, line);
    this.#ids.add(first.lockId);
    this.#onTurn(first.lockId);
  }

  #close(lockId: string): void {
    this.#lines.delete(lockId);
    this.#ids.delete(lockId);
    this.#onTurn(lockId);
  }
}

/** Names a request among those of all locks. */
export function requestKey(lockId: string, requestId: string): string {
  return `${lockId}\0${requestId}`;
}

function byNumber(a: Numbered, b: Numbered): number {
  return a.ticket - b.ticket;
}
