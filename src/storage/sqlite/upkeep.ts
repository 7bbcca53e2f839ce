import { due } from '../judge-queue.js';
import type { Micros } from '../ports/common.js';
import type { ExpireStep } from '../ports/lock.js';
import type { Claimer } from './claimer.js';
import type { Claims } from './claims.js';
import type { Holdings } from './holdings.js';
import type { Lines } from './lines.js';
import type { Messages } from './messages.js';

/** What has things that run out, or are due. */
export interface UpkeepParts {
  readonly lines: Lines;
  readonly holdings: Holdings;
  readonly messages: Messages;
  readonly claims: Claims;
  readonly claimer: Claimer;
}

/** Ends what has run out and makes ready what is due, within a transaction of the caller's. */
export class Upkeep {
  readonly #parts: UpkeepParts;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Deals with at most so many tickets, and as many messages. True where there are more. */
  endAll(limit: number, now: Micros): boolean {
    const isMore = this.#endTickets(limit, now);
    return this.#turnMessages(limit, now) || isMore;
  }

  /** Ends tickets, at most so many; tells when the next one runs out. */
  expireLocks(limit: number, now: Micros): ExpireStep {
    return { more: this.#endTickets(limit, now), next: this.#parts.lines.nextEnd.time() };
  }

  /**
   * Ends claims and makes ready what is due, at most so many; then tickets, at most as many, as what they keep from
   * being claimed is due too. Tells when the next claim runs out, or a message is due.
   */
  expireQueues(limit: number, now: Micros): ExpireStep {
    const { claims, messages } = this.#parts;
    const more = this.#turnMessages(limit, now) || this.#endTickets(limit, now);
    const [claimEnd, due] = [claims.nextEnd.time(), messages.nextDue.time()];
    const next = claimEnd === undefined || due === undefined ? (claimEnd ?? due) : Math.min(claimEnd, due);
    return { more, next };
  }

  #endTickets(limit: number, now: Micros): boolean {
    const { lines, claims, claimer, holdings } = this.#parts;
    for (let left = limit; lines.nextEnd.reached(now) <= now; left--) {
      if (left === 0) return true;
      const ticket = lines.nextToEnd();
      if (ticket.kind === 'claim') claimer.lose(claims.find(ticket.ticket, now)!, 'expired', now);
      else holdings.end(lines.find(ticket.lockId)!, ticket, 'expired', now);
    }
    return false;
  }

  #turnMessages(limit: number, now: Micros): boolean {
    const { claims, messages, claimer } = this.#parts;
    for (let left = limit; ; left--) {
      const [claimEnd, dueTime] = [claims.nextEnd.reached(now), messages.nextDue.reached(now)];
      if (Math.min(claimEnd, dueTime) > now) return false;
      if (left === 0) return true;
      if (claimEnd <= dueTime) claimer.lose(claims.nextToEnd(), 'expired', now);
      else this.#makeReady();
    }
  }

  #makeReady(): void {
    const { messages } = this.#parts;
    const standing = messages.firstDue();
    messages.change(standing, due(standing.row));
  }
}
