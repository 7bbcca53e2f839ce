import { setImmediate as turn } from 'node:timers/promises';
import { steadyNow } from '../storage/clock.js';
import type { Micros } from '../storage/ports/common.js';
import type { LockStore } from '../storage/ports/lock.js';
import type { Seat } from './seat.js';

/** How many tickets are kept in one step; others are served in between. */
const batchSize = 200;

export interface UpkeepOptions {
  readonly store: Pick<LockStore, 'keep'>;
  /** How long a ticket lasts that is not kept. */
  readonly lease: Micros;
  /** Hears of a seat whose place in the line has changed. */
  readonly onMoved: (seat: Seat) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps the tickets of those who wait, and streams' holdings, from running out: each when a third of its lease is
 * over, in batches, by one timer. A holding that the store didn't confirm is given up, as uncertain, while a part of
 * its lease is still left, so that its holder hears of it before anybody else can have the lock.
 */
export class Upkeep {
  readonly #options: UpkeepOptions;
  /** Since when each ticket has had its whole lease, at least. */
  readonly #confirmed = new Map<Seat, Micros>();
  #timer: NodeJS.Timeout | undefined;
  #keeping = false;
  /** Whether all tickets are due. */
  #hurried = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Keeps a seat's ticket, which the store confirmed to an operation begun at a time. */
  add(seat: Seat, confirmed: Micros): void {
    this.#confirmed.set(seat, confirmed);
    this.#timer ??= setInterval(this.#look, this.#options.lease / 12_000);
  }

  delete(seat: Seat): void {
    this.#confirmed.delete(seat);
    if (this.#confirmed.size === 0) this.close();
  }

  /** Keeps all tickets now, and so learns what became of them: notices of it may have been missed. */
  hurry(): void {
    this.#hurried = true;
    if (this.#timer) this.#look();
  }

  close(): void {
    this.#confirmed.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    this.#giveUp();
    if (this.#keeping) return;
    this.#keeping = true;
    void this.#keepDue()
      .catch(this.#options.onError)
      .finally(() => {
        this.#keeping = false;
      });
  };

  /** A sixth of the lease is left then, at least half of which the timer leaves. */
  #giveUp(): void {
    for (const seat of this.#olderThan((this.#options.lease * 5) / 6)) {
      if (seat.standing.kind === 'holding') seat.lose('uncertain');
    }
  }

  async #keepDue(): Promise<void> {
    const hurried = this.#hurried;
    this.#hurried = false;
    const due = this.#olderThan(hurried ? 0 : this.#options.lease / 3);
    try {
      while (due.length > 0) {
        // Some may be gone since.
        const seats = due.splice(0, batchSize).filter((seat) => this.#confirmed.has(seat) && isLive(seat));
        await this.#keep(seats);
        await turn();
      }
    } catch (error) {
      this.#hurried ||= hurried;
      throw error;
    }
  }

  async #keep(due: readonly Seat[]): Promise<void> {
    const { store, lease, onMoved } = this.#options;
    const now = steadyNow();
    const keeps = due.map(({ lockId, ticket }) => ({ lockId, ticket: ticket!, lease }));
    const outcomes = await store.keep(keeps, now);
    for (const [i, outcome] of outcomes.entries()) {
      const seat = due[i]!;
      if (seat.learn(keeps[i]!.ticket, outcome)) onMoved(seat);
      if (seat.ticket !== keeps[i]!.ticket || !this.#confirmed.has(seat)) continue;
      if (outcome.status === 'ended') this.delete(seat);
      else this.add(seat, now);
    }
  }

  #olderThan(age: Micros): Seat[] {
    const end = steadyNow() - age;
    const seats: Seat[] = [];
    for (const [seat, confirmed] of this.#confirmed) if (confirmed <= end) seats.push(seat);
    return seats;
  }
}

/** Whether there is a ticket to keep. */
function isLive({ standing }: Seat): boolean {
  return standing.kind === 'waiting' || standing.kind === 'holding';
}
