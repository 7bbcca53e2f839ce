import { shuttingDown } from '../errors.js';
import type { Grant } from '../storage/ports/lock.js';
import type { Ask, HoldItem } from './ask.js';
import type { Seat } from './seat.js';
import { type Room, Visit } from './visit.js';

/**
 * Holds a lock while it is iterated, or waits for it; tells what becomes of it. Its end ends the holding; where the
 * sidecar stops, it is left to its lease, as the holder may work on and come back. A grant is told after `prepare`,
 * unless it is over by then.
 */
export async function* hold(
  room: Room,
  ask: Ask,
  vanished: AbortSignal,
  prepare?: Prepare,
): AsyncGenerator<HoldItem, undefined> {
  const visit = new Visit(room, ask, true, vanished);
  const { seat } = visit;
  const teller = new Teller(seat, prepare);
  let entered = false;
  try {
    while (visit.over !== 'vanished') {
      const item = teller.next();
      if (item) {
        yield item;
        if (item.kind === 'lost') return;
        continue;
      }
      if (room.closing) throw shuttingDown();
      const { kind } = seat.standing;
      if (kind === 'outside') {
        if (entered && visit.over) return;
        entered = true;
        if (await visit.enter()) return;
      } else if (kind === 'waiting' && visit.over) {
        await visit.stepOut();
        if (seat.standing.kind === 'waiting') return;
      } else {
        await seat.changed();
      }
    }
  } finally {
    if (room.closing) visit.end();
    else await visit.giveUp();
  }
}

/** What is done with a grant before it is told; never rejects. */
export type Prepare = (grant: Grant) => Promise<void>;

/** Tells how a seat stands, each change once; what changed back and forth meanwhile, or too often, as it is now. */
class Teller {
  readonly #seat: Seat;
  #queued: { readonly ticket: number; readonly ahead: number } | undefined;
  #prepare: Prepare | undefined;
  #preparing = false;
  #granted = false;
  #interrupted = false;

  constructor(seat: Seat, prepare: Prepare | undefined) {
    this.#seat = seat;
    this.#prepare = prepare;
  }

  next(): HoldItem | undefined {
    const { standing, ticket } = this.#seat;
    switch (standing.kind) {
      case 'outside':
        return undefined;
      case 'waiting':
        return this.#tellPlace(ticket!, standing.ahead);
      case 'holding':
        if (!this.#isPrepared(standing.grant)) return undefined;
        if (!this.#granted) {
          this.#granted = true;
          return { kind: 'granted', ticket: ticket!, grant: standing.grant };
        }
        if (!standing.grant.interrupted || this.#interrupted) return undefined;
        this.#interrupted = true;
        return { kind: 'interrupted' };
      case 'lost':
        return { kind: 'lost', cause: standing.cause, fence: standing.fence };
    }
  }

  /** Begins the preparation, whose end wakes the seat. */
  #isPrepared(grant: Grant): boolean {
    if (this.#prepare) {
      this.#preparing = true;
      void this.#prepare(grant).then(() => {
        this.#preparing = false;
        this.#seat.wake();
      });
      this.#prepare = undefined;
    }
    return !this.#preparing;
  }

  #tellPlace(ticket: number, ahead: number): HoldItem | undefined {
    if (this.#queued?.ticket === ticket && this.#queued.ahead === ahead) return undefined;
    this.#queued = { ticket, ahead };
    return { kind: 'queued', ticket, ahead };
  }
}
