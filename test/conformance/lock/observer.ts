import type { Micros } from '#src/storage/ports/common.js';
import type { Keep, LockStore, NewTicket } from '#src/storage/ports/lock.js';
import type { Told } from './told.js';

/** Does to locks what it is told, and writes down what can be seen of them. */
export class LockObserver {
  readonly #store: LockStore;
  readonly #told: Told;

  constructor(store: LockStore, told: Told) {
    this.#store = store;
    this.#told = told;
  }

  async enter(asked: NewTicket, at: Micros) {
    const { lockId, lease } = asked;
    this.#told.asking(asked);
    const outcome = await this.#store.enter(asked, at);
    const notices = this.#told.take(at);
    if ('ticket' in outcome) this.#told.asked(outcome.ticket);
    if (outcome.status === 'granted') {
      const { ticket, grant } = outcome;
      this.#told.granted(lockId, ticket, grant, this.#told.keptUntil(lockId, ticket, grant, lease, at), at);
    }
    if (outcome.status === 'queued') {
      const { ticket, ahead } = outcome;
      this.#told.seen.push({ what: 'queued', lockId, ticket, until: at + lease, ahead, at });
    }
    return { outcome, notices };
  }

  async keep(tickets: readonly Keep[], at: Micros) {
    const outcome = await this.#store.keep(tickets, at);
    const notices = this.#told.take(at);
    for (const [i, { lockId, ticket, lease }] of tickets.entries()) {
      const one = outcome[i]!;
      if (one.status === 'ended') this.#told.seen.push({ what: 'gone', lockId, ticket, at });
      else {
        const grant = one.status === 'granted' ? one.grant : undefined;
        const until = this.#told.keptUntil(lockId, ticket, grant, lease, at);
        this.#told.seen.push({ what: 'kept', lockId, ticket, until, at });
      }
    }
    return { outcome, notices };
  }

  async extend(lockId: string, fence: number, lifetime: Micros, at: Micros) {
    const outcome = await this.#store.extend(lockId, fence, lifetime, at);
    const notices = this.#told.take(at);
    const ticket = this.#told.ticketOf(lockId, fence);
    if (outcome.status === 'extended' && ticket !== undefined) {
      this.#told.seen.push({ what: 'kept', lockId, ticket, until: at + lifetime, at });
    }
    return { outcome, notices };
  }

  async release(lockId: string, fence: number, at: Micros) {
    const outcome = await this.#store.release(lockId, fence, at);
    return { outcome, notices: this.#told.take(at) };
  }

  async leave(lockId: string, ticket: number, held: boolean, at: Micros) {
    const outcome = await this.#store.leave(lockId, ticket, held, at);
    const notices = this.#told.take(at);
    if (outcome.status === 'left') this.#told.seen.push({ what: 'gone', lockId, ticket, at });
    return { outcome, notices };
  }

  async delete(lockId: string, fence: number | undefined, at: Micros) {
    const outcome = await this.#store.delete(lockId, fence, at);
    return { outcome, notices: this.#told.take(at) };
  }

  async get(lockId: string, maxWaiters: number, at: Micros) {
    const outcome = await this.#store.get(lockId, maxWaiters, at);
    const notices = this.#told.take(at);
    const { holder, waiting = 0 } = outcome ?? {};
    this.#told.seen.push({ what: 'shown', lockId, fence: holder?.fence, waiting, at });
    return { outcome, notices };
  }

  async list(prefix: string, after: string, limit: number, at: Micros) {
    const outcome = await this.#store.list(prefix, after, limit, at);
    const notices = this.#told.take(at);
    for (const { lockId, holder, waiting } of outcome) {
      this.#told.seen.push({ what: 'shown', lockId, fence: holder.fence, waiting, at });
    }
    return { outcome, notices };
  }

  async expire(limit: number, at: Micros) {
    const outcome = await this.#store.expire(limit, at);
    return { outcome, notices: this.#told.take(at) };
  }
}
