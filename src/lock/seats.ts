import type { LockNotice } from '../storage/ports/lock.js';
import { SteadyMap } from '../storage/steady-map.js';
import type { Seat } from './seat.js';

/** The seats of one request at one lock. */
interface Party {
  readonly seats: Set<Seat>;
  /** Whether a call was answered with the request's grant, which another call must not give up then. */
  answered: boolean;
}

/** The seats at one lock. */
interface Line {
  /** By request. */
  readonly parties: Map<string, Party>;
  readonly streams: Set<Seat>;
}

/** The seats of all callers of this process, while they are there. */
export class Seats {
  readonly #lines = new SteadyMap<string, Line>();
  #streams = 0;

  /** How many streams there are. */
  get streams(): number {
    return this.#streams;
  }

  add(seat: Seat): void {
    const line = this.#lines.get(seat.lockId) ?? { parties: new Map(), streams: new Set() };
    this.#lines.set(seat.lockId, line);
    const party = line.parties.get(seat.requestId) ?? { seats: new Set(), answered: false };
    line.parties.set(seat.requestId, party);
    party.seats.add(seat);
    if (!seat.isStream) return;
    line.streams.add(seat);
    this.#streams += 1;
  }

  delete(seat: Seat): void {
    const line = this.#lines.get(seat.lockId);
    const party = line?.parties.get(seat.requestId);
    if (!line || !party?.seats.delete(seat)) return;
    if (line.streams.delete(seat)) this.#streams -= 1;
    if (party.seats.size > 0) return;
    line.parties.delete(seat.requestId);
    if (line.parties.size === 0) this.#lines.delete(seat.lockId);
  }

  /** Whether nobody but a seat's caller has to do with its request's ticket. */
  isAlone(seat: Seat): boolean {
    const party = this.#lines.get(seat.lockId)?.parties.get(seat.requestId);
    return party?.seats.size === 1 && party.seats.has(seat) && !party.answered;
  }

  /** The stream that a request has. */
  streamOf(lockId: string, requestId: string): Seat | undefined {
    const seats = this.#lines.get(lockId)?.parties.get(requestId)?.seats ?? [];
    return [...seats].find(({ isStream }) => isStream);
  }

  /** Says that a seat's call is answered with the grant. */
  answered(seat: Seat): void {
    const party = this.#lines.get(seat.lockId)?.parties.get(seat.requestId);
    if (party) party.answered = true;
  }

  /** Tells the seats of a notice's request. */
  tell(notice: LockNotice): void {
    const party = this.#lines.get(notice.lockId)?.parties.get(notice.requestId);
    if (party) for (const seat of party.seats) seat.hear(notice);
  }

  /** The streams that wait for a lock. */
  *waitingStreams(lockId: string): Generator<Seat> {
    for (const seat of this.#lines.get(lockId)?.streams ?? []) {
      if (seat.standing.kind === 'waiting') yield seat;
    }
  }

  wakeAll(): void {
    for (const [, { parties }] of this.#lines.entries()) {
      for (const { seats } of parties.values()) for (const seat of seats) seat.wake();
    }
  }
}
