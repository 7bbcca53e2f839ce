import { steadyNow } from '../storage/clock.js';
import { Expiry } from '../storage/expiry.js';
import type { Micros } from '../storage/ports/common.js';
import type {
  ExtendOutcome,
  LockLine,
  LockNotice,
  LockState,
  LockStore,
  ReleaseOutcome,
} from '../storage/ports/lock.js';
import { acquire } from './acquire.js';
import type { Acquired, Ask, HoldItem } from './ask.js';
import { hold, type Prepare } from './hold.js';
import { Places } from './places.js';
import { Seats } from './seats.js';
import { Upkeep } from './upkeep.js';
import { type Room, wakeFor } from './visit.js';

export interface DeskOptions {
  /** How long a ticket that waits and a stream's holding outlast this process. */
  readonly lease: Micros;
  /** The most that may wait for a lock. */
  readonly maxWaiting: number;
  /** The most streams at a time. */
  readonly maxStreams: number;
  readonly onError: (error: unknown) => void;
}

/** Where the callers of this process ask for locks: waiting, and keeping up what they have, above one store. */
export class LockDesk implements AsyncDisposable {
  readonly #store: LockStore;
  readonly #room: Room;
  #watch: AsyncDisposable | undefined;

  private constructor(store: LockStore, { lease, maxWaiting, maxStreams, onError }: DeskOptions) {
    this.#store = store;
    const seats = new Seats();
    const places = new Places({ store, seats, maxWaiting, onError });
    const onMoved = ({ lockId }: { lockId: string }) => places.moved(lockId);
    const upkeep = new Upkeep({ store, lease, onMoved, onError });
    const expiry = new Expiry(store, onError);
    this.#room = { store, seats, upkeep, places, expiry, lease, maxWaiting, maxStreams, closing: false };
  }

  static async open(store: LockStore, options: DeskOptions): Promise<LockDesk> {
    const desk = new LockDesk(store, options);
    const { seats, places, expiry, upkeep } = desk.#room;
    const onNotice = (notice: LockNotice) => {
      seats.tell(notice);
      if (notice.kind === 'granted') wakeFor(expiry, notice.grant);
      if (notice.kind !== 'interrupted') places.moved(notice.lockId);
    };
    desk.#watch = await store.watch(onNotice, () => upkeep.hurry());
    return desk;
  }

  /** Takes a lock for a lifetime; rejects where it is refused, or the holding was over before it was told. */
  acquire(ask: Ask, vanished: AbortSignal): Promise<Acquired> {
    return acquire(this.#room, ask, vanished);
  }

  /** Holds a lock while it is iterated; the grant is told after `prepare`, unless it is over by then. */
  hold(ask: Ask, vanished: AbortSignal, prepare?: Prepare): AsyncIterator<HoldItem, undefined> {
    return hold(this.#room, ask, vanished, prepare);
  }

  async extend(lockId: string, fence: number, lifetime: Micros): Promise<ExtendOutcome> {
    const outcome = await this.#store.extend(lockId, fence, lifetime, steadyNow());
    if (outcome.status === 'extended') wakeFor(this.#room.expiry, outcome.grant);
    return outcome;
  }

  release(lockId: string, fence: number): Promise<ReleaseOutcome> {
    return this.#store.release(lockId, fence, steadyNow());
  }

  get(lockId: string, maxWaiters: number): Promise<LockLine | undefined> {
    return this.#store.get(lockId, maxWaiters, steadyNow());
  }

  list(prefix: string, after: string, limit: number): Promise<readonly LockState[]> {
    return this.#store.list(prefix, after, limit, steadyNow());
  }

  delete(lockId: string, fence: number | undefined): Promise<boolean> {
    return this.#store.delete(lockId, fence, steadyNow());
  }

  /** Ends all waits and streams with SHUTTING_DOWN; calls leave no ticket, streams' tickets and holdings last on. */
  close(): void {
    this.#room.closing = true;
    this.#room.seats.wakeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    this.#room.upkeep.close();
    this.#room.places.close();
    await this.#room.expiry[Symbol.asyncDispose]();
    await this.#watch?.[Symbol.asyncDispose]();
  }
}
