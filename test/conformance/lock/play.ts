import { expect } from '@jest/globals';
import type { Backend } from '#src/storage/ports/backend.js';
import type { Micros } from '#src/storage/ports/common.js';
import type { LockNotice } from '#src/storage/ports/lock.js';
import type { Opened } from '../harness.js';
import type { Seen } from '../queue/observations.js';
import { type LockStep, lockIds, type Pause, requests } from './histories.js';
import { LockModel } from './model.js';
import { LockObserver } from './observer.js';
import { type Notices, Told } from './told.js';

/** When histories begin. */
const start: Micros = 1_750_000_000_000_000;
/** A fence, ticket or claim that was never given. */
export const never = 7;

/** What a call was answered, and what was told by it. */
export interface Observed<Outcome> {
  readonly outcome: Outcome;
  readonly notices: Notices;
}

/** Plays steps on the locks of a store and of the model, and compares all that can be seen. */
export class LockPlayer {
  protected readonly model = new LockModel();
  protected now = start;
  protected backend: Backend;
  protected told: Told | undefined;
  readonly #reopen: () => Promise<Backend>;
  #observer: LockObserver | undefined;

  constructor({ backend, reopen }: Pick<Opened, 'backend' | 'reopen'>) {
    this.backend = backend;
    this.#reopen = reopen;
  }

  /** Everything that was seen. */
  get seen(): readonly Seen[] {
    return this.told!.seen;
  }

  /** Begins to listen to the store. */
  async listen(): Promise<void> {
    this.told = await Told.open(this.backend, this.told);
    this.#observer = new LockObserver(this.backend.lock!, this.told);
  }

  /** Lets time pass. */
  wait(pause: Pause): void {
    if (typeof pause === 'number') this.now += pause;
    const edge = this.nextEdge();
    if (pause === 'edge' && edge < Number.POSITIVE_INFINITY) this.now = Math.max(this.now, edge);
    if (pause === 'before' && edge < Number.POSITIVE_INFINITY) this.now = Math.max(this.now, edge - 1);
  }

  async play(step: LockStep): Promise<void> {
    const { model, now } = this;
    const observer = this.#observer!;
    switch (step.call) {
      case 'enter': {
        const { request, call: _, ...rest } = step;
        const { kind, requestId } = requests[request]!;
        const lifetime = kind === 'lease' ? (rest.lifetime ?? rest.lease) : rest.lifetime;
        const asked = { ...rest, kind, requestId, lifetime, owner: `owner of ${requestId}` };
        return this.judge(step, await observer.enter(asked, now), () => model.enter(asked, now));
      }
      case 'keep': {
        const tickets = step.tickets.map(({ lockId, which, lease }) => {
          return { lockId, ticket: pick(this.#tickets(lockId), which) ?? never, lease };
        });
        const right = () => tickets.map((one) => model.keep(one, now));
        return this.judge(step, await observer.keep(tickets, now), right);
      }
      case 'extend': {
        const { lockId, lifetime } = step;
        const fence = this.#fence(step);
        const right = () => model.extend(lockId, fence, lifetime, now);
        return this.judge(step, await observer.extend(lockId, fence, lifetime, now), right);
      }
      case 'release': {
        const fence = this.#fence(step);
        const right = () => model.release(step.lockId, fence, now);
        return this.judge(step, await observer.release(step.lockId, fence, now), right);
      }
      case 'leave': {
        const { lockId, held } = step;
        // Claims have no one who could leave.
        const ticket = pick(this.#tickets(lockId), step.which) ?? never;
        if (model.line(lockId, now).some((one) => one.ticket === ticket && one.kind === 'claim')) return;
        const right = () => model.leave(lockId, ticket, held, now);
        return this.judge(step, await observer.leave(lockId, ticket, held, now), right);
      }
      case 'delete': {
        const { lockId, which } = step;
        const fence = which === undefined ? undefined : this.#fence({ lockId, which });
        const right = () => model.delete(lockId, fence, now);
        return this.judge(step, await observer.delete(lockId, fence, now), right);
      }
      case 'get': {
        const { lockId, maxWaiters } = step;
        const right = () => model.get(lockId, maxWaiters, now);
        return this.judge(step, await observer.get(lockId, maxWaiters, now), right);
      }
      case 'list': {
        const { prefix, after, limit } = step;
        const right = () => model.list(prefix, after, limit, now);
        return this.judge(step, await observer.list(prefix, after, limit, now), right);
      }
      case 'expire': {
        const observed = await observer.expire(step.limit, now);
        const { more } = observed.outcome;
        return this.judge(step, observed, () => {
          if (more) return { more: step.limit === 1, next: observed.outcome.next };
          for (const lockId of lockIds) model.settle(lockId, now);
          return { more: false, next: model.next() };
        });
      }
      case 'sweep':
        expect(await this.backend.lock!.sweep(1_000, now)).toBe(false);
        return;
      case 'reopen':
        this.backend = await this.#reopen();
        return this.listen();
    }
  }

  /** Lets everything run out; then every lock has to be free, and nothing left. */
  async finish(): Promise<void> {
    for (const lockId of lockIds) await this.play({ call: 'get', lockId, maxWaiters: 10 });
    while (this.model.tickets.length > 0) {
      this.now = Math.max(this.now, this.model.next()!);
      await this.play({ call: 'expire', limit: 100 });
    }
    for (const lockId of lockIds) await this.play({ call: 'get', lockId, maxWaiters: 10 });
    await this.play({ call: 'list', prefix: '', after: '', limit: 100 });
  }

  /** When something runs out next. */
  protected nextEdge(): Micros {
    return this.model.next() ?? Number.POSITIVE_INFINITY;
  }

  /** Compares what a call was answered and what it told with what the model says. */
  protected judge<Outcome>(
    step: { readonly call: string },
    { outcome, notices }: Observed<Outcome>,
    right: () => Outcome,
    own: readonly string[] = [],
  ): void {
    this.model.notices = [];
    this.catchUp(notices, own);
    expect({ now: this.now, step, outcome }).toEqual({ now: this.now, step, outcome: right() });
    const [told, expected] = [notices.locks, this.model.notices].map((all) => this.#comparable(all));
    expect({ now: this.now, step, notices: told }).toEqual({ now: this.now, step, notices: expected });
  }

  /** Deals with what has run out as the store did, which may do so whenever it likes. */
  protected catchUp({ locks }: Notices, own: readonly string[]): void {
    const granted = locks.filter(({ kind }) => kind === 'granted');
    const ended = new Set(locks.filter(({ kind }) => kind === 'ended').map(({ ticket }) => ticket));
    for (const { lockId } of [...granted, ...locks]) {
      if (!own.includes(lockId)) this.model.settle(lockId, this.now, (ticket) => ended.has(ticket));
    }
  }

  /** Notices by lock, first of those who waited in vain, as only then the order tells; without what the answer says. */
  #comparable(notices: readonly LockNotice[]): LockNotice[] {
    const { answered, claims } = this.model;
    const keyOf = (one: LockNotice) =>
      one.kind === 'ended' && !one.ending ? `${one.lockId} ${one.ticket}` : `${one.lockId} \uffff`;
    return notices
      .filter(({ kind, ticket }) => kind !== 'granted' || !answered.has(ticket))
      .map((one) => (claims.has(one.ticket) ? { ...one, requestId: '' } : one))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
  }

  #fence({ lockId, which }: { lockId: string; which: number }): number {
    return pick(this.model.fences(lockId), which) ?? never;
  }

  #tickets(lockId: string): number[] {
    return this.model.tickets.filter((one) => one.lockId === lockId).map(({ ticket }) => ticket);
  }
}

interface Player<Step> {
  readonly seen: readonly Seen[];
  listen(): Promise<void>;
  wait(pause: Pause): void;
  play(step: Step): Promise<void>;
  finish(): Promise<void>;
}

/** Plays a whole history, and tells what was seen. */
export async function playHistory<Step>(
  player: Player<Step>,
  steps: readonly { readonly pause: Pause; readonly step: Step }[],
): Promise<readonly Seen[]> {
  await player.listen();
  for (const { pause, step } of steps) {
    player.wait(pause);
    await player.play(step);
  }
  await player.finish();
  return player.seen;
}

/** One of those that were seen, counted from the latest, round and round; undefined where there are none. */
export function pick<T>(all: readonly T[], which: number): T | undefined {
  return which < 0 ? undefined : all.at(-1 - (which % Math.max(all.length, 1)));
}
