import type { Ending, Grant, KeepOutcome, LockNotice } from '../storage/ports/lock.js';
import type { LossCause } from './ask.js';

/** How a caller stands with its lock. */
export type Standing =
  /** It has no ticket: not yet, or the one that it had has run out. */
  | { readonly kind: 'outside' }
  /** `ahead` counts the holder. */
  | { readonly kind: 'waiting'; readonly ahead: number }
  | { readonly kind: 'holding'; readonly grant: Grant }
  /** `ending` is undefined where the store didn't tell one. */
  | { readonly kind: 'lost'; readonly cause: LossCause; readonly fence: number; readonly ending?: Ending };

const outside: Standing = { kind: 'outside' };

/** One call's or stream's place in a line, as far as this process knows. It only goes on: nothing old is taken back. */
export class Seat {
  readonly lockId: string;
  readonly requestId: string;
  readonly isStream: boolean;
  #standing: Standing = outside;
  #ticket: number | undefined;
  /** What was heard while the ticket was not known: it may be about this one. */
  #early: LockNotice[] = [];
  #wake: (() => void) | undefined;

  constructor(lockId: string, requestId: string, isStream: boolean) {
    this.lockId = lockId;
    this.requestId = requestId;
    this.isStream = isStream;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Undefined while it is outside. */
  get ticket(): number | undefined {
    return this.#ticket;
  }

  /** Resolves at the next change, or when it is woken. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Takes the place that the store gave. */
  sit(ticket: number, standing: Standing): void {
    if (this.#standing.kind === 'lost') return;
    this.#ticket = ticket;
    this.#stand(standing);
    for (const notice of this.#early.splice(0)) this.hear(notice);
  }

  /** Hears what happened to a ticket of its request. */
  hear(notice: LockNotice): void {
    if (this.#ticket === undefined) this.#early.push(notice);
    else if (notice.ticket !== this.#ticket) return;
    else if (notice.kind === 'granted') this.grant(notice.grant);
    else if (notice.kind === 'interrupted') this.#interrupt();
    else this.#end(notice.ending);
  }

  /** Learns how one of its tickets stands; true where its place has changed. */
  learn(ticket: number, outcome: KeepOutcome): boolean {
    if (ticket !== this.#ticket) return false;
    if (outcome.status === 'waiting') return this.#isBehind(outcome.ahead);
    if (outcome.status === 'ended') this.#end(outcome.ending);
    else {
      this.grant(outcome.grant);
      if (outcome.grant.interrupted) this.#interrupt();
    }
    return false;
  }

  /** Is out of the line, without the ticket that it waited with. */
  rise(): void {
    if (this.#standing.kind !== 'waiting') return;
    this.#ticket = undefined;
    this.#stand(outside);
  }

  /** Moves up in the line. */
  move(ahead: number): void {
    if (this.#isBehind(ahead)) this.#stand({ kind: 'waiting', ahead });
  }

  grant(grant: Grant): void {
    if (this.#standing.kind === 'waiting') this.#stand({ kind: 'holding', grant });
  }

  /** Loses what it has for a reason that isn't the store's. */
  lose(cause: 'taken_over' | 'uncertain'): void {
    if (this.#standing.kind !== 'lost') this.#stand({ kind: 'lost', cause, fence: this.#fence });
  }

  #interrupt(): void {
    if (this.#standing.kind !== 'holding' || this.#standing.grant.interrupted) return;
    this.#stand({ kind: 'holding', grant: { ...this.#standing.grant, interrupted: true } });
  }

  /** A ticket that runs out while it waits leaves it outside, where it may ask for another. */
  #end(ending: Ending | undefined): void {
    if (this.#standing.kind === 'lost') return;
    if (ending) {
      this.#stand({ kind: 'lost', cause: ending.cause, fence: ending.fence, ending });
    } else if (this.#standing.kind === 'holding') {
      this.#stand({ kind: 'lost', cause: 'expired', fence: this.#fence });
    } else {
      this.rise();
    }
  }

  get #fence(): number {
    return this.#standing.kind === 'holding' ? this.#standing.grant.fence : 0;
  }

  #isBehind(ahead: number): boolean {
    return this.#standing.kind === 'waiting' && this.#standing.ahead !== ahead;
  }

  #stand(standing: Standing): void {
    this.#standing = standing;
    this.wake();
  }
}
