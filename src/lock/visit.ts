import { tooMany } from '../errors.js';
import { steadyNow } from '../storage/clock.js';
import type { Expiry } from '../storage/expiry.js';
import type { Micros } from '../storage/ports/common.js';
import type { Grant, Holding, LockStore } from '../storage/ports/lock.js';
import type { Ask } from './ask.js';
import type { Places } from './places.js';
import { leaseLost, lockTaken } from './refusals.js';
import { Seat } from './seat.js';
import type { Seats } from './seats.js';
import type { Upkeep } from './upkeep.js';

/** What all visits share. */
export interface Room {
  readonly store: LockStore;
  readonly seats: Seats;
  readonly upkeep: Upkeep;
  readonly places: Places;
  readonly expiry: Expiry;
  readonly lease: Micros;
  readonly maxWaiting: number;
  readonly maxStreams: number;
  /** Nobody is to wait any more. */
  closing: boolean;
}

/** One caller's way to a lock: into its line, the wait, and out again. To be ended by `giveUp` or `end`. */
export class Visit {
  readonly seat: Seat;
  readonly #room: Room;
  readonly #ask: Ask;
  readonly #vanished: AbortSignal;
  readonly #wake = (): void => this.seat.wake();
  readonly #timer: NodeJS.Timeout | undefined;
  #elapsed = false;
  /** When it last asked the store. */
  #asked: Micros = 0;

  /** It hears of its ticket from now on, before the store is asked, so that no notice is missed. */
  constructor(room: Room, ask: Ask, isStream: boolean, vanished: AbortSignal) {
    this.#room = room;
    this.#ask = ask;
    this.#vanished = vanished;
    this.seat = new Seat(ask.lockId, ask.requestId, isStream);
    if (isStream) this.#takeOver();
    room.seats.add(this.seat);
    vanished.addEventListener('abort', this.#wake);
    if (ask.waitMs !== undefined) this.#timer = setTimeout(() => this.#elapse(), ask.waitMs);
  }

  /** Why there is nothing to wait for any more. */
  get over(): 'vanished' | 'closing' | 'elapsed' | undefined {
    if (this.#vanished.aborted) return 'vanished';
    if (this.#room.closing) return 'closing';
    return this.#elapsed || this.#ask.waitMs === 0 ? 'elapsed' : undefined;
  }

  /** Takes a place in the line; the holder where there is none to take, as not to wait was asked for. */
  async enter(): Promise<Holding | undefined> {
    const { store, lease, maxWaiting, upkeep, expiry } = this.#room;
    const { lockId, requestId, owner, policy, lifetime, waitMs } = this.#ask;
    const { isStream } = this.seat;
    const now = steadyNow();
    this.#asked = now;
    const kind = isStream ? 'stream' : 'lease';
    const [wait, interrupt] = [policy !== 'reject' && waitMs !== 0, policy === 'interrupt'];
    const ticket = { lockId, requestId, owner, kind, lifetime, lease, wait, interrupt, maxWaiting } as const;
    const outcome = await store.enter(ticket, now);
    switch (outcome.status) {
      case 'granted':
        this.seat.sit(outcome.ticket, { kind: 'holding', grant: outcome.grant });
        break;
      case 'queued':
        this.seat.sit(outcome.ticket, { kind: 'waiting', ahead: outcome.ahead });
        break;
      case 'taken':
        if (policy === 'reject') throw lockTaken(lockId, outcome.holder, outcome.waiting);
        return outcome.holder;
      case 'full':
        throw tooMany(`wait for lock "${lockId}"`, 'lock_waiting', maxWaiting);
      case 'ended':
        throw leaseLost(lockId, outcome.ending.fence, outcome.ending);
    }
    if (isStream || outcome.status === 'queued') {
      upkeep.add(this.seat, now);
      expiry.wake(now + lease);
    }
    if (outcome.status === 'granted') wakeFor(expiry, outcome.grant);
    return undefined;
  }

  /** Leaves the line at the end of the wait, unless the lock was granted meanwhile. */
  async stepOut(): Promise<void> {
    const { store, seats, places } = this.#room;
    const { lockId, ticket } = this.seat;
    if (ticket === undefined || !seats.isAlone(this.seat)) return;
    const outcome = await store.leave(lockId, ticket, false, steadyNow());
    if (outcome.status === 'granted') return this.seat.grant(outcome.grant);
    this.seat.rise();
    places.moved(lockId);
  }

  /** Ends it with nothing left: neither ticket nor holding, so that the next in line has the lock. */
  async giveUp(): Promise<void> {
    const { store, seats, places } = this.#room;
    const { lockId, ticket } = this.seat;
    const isAlone = seats.isAlone(this.seat);
    this.end();
    if (ticket === undefined || !isAlone || !this.#isItsOwn()) return;
    await store.leave(lockId, ticket, true, steadyNow());
    places.moved(lockId);
  }

  /** Ends it; what it has in the store stays. */
  end(): void {
    clearTimeout(this.#timer);
    this.#vanished.removeEventListener('abort', this.#wake);
    this.#room.upkeep.delete(this.seat);
    this.#room.seats.delete(this.seat);
  }

  /** Whether what it has is to be given up with it: a call that repeats an answered one has that one's holding. */
  #isItsOwn(): boolean {
    const { standing, isStream } = this.seat;
    if (standing.kind === 'holding') return isStream || standing.grant.grantTime >= this.#asked;
    return standing.kind === 'waiting';
  }

  #takeOver(): void {
    const { seats, upkeep, maxStreams } = this.#room;
    const earlier = seats.streamOf(this.#ask.lockId, this.#ask.requestId);
    if (!earlier) {
      if (seats.streams < maxStreams) return;
      throw tooMany('HoldLock calls are open', 'holdings', maxStreams);
    }
    seats.delete(earlier);
    upkeep.delete(earlier);
    earlier.lose('taken_over');
  }

  #elapse(): void {
    this.#elapsed = true;
    this.seat.wake();
  }
}

/** Has a holding ended at its time. */
export function wakeFor(expiry: Expiry, { endTime }: Grant): void {
  if (endTime !== undefined) expiry.wake(endTime);
}
