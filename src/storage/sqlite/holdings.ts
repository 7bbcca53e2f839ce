import { endingOf, granted, hasRunOut, type Ticket } from '../judge-lock.js';
import type { Micros } from '../ports/common.js';
import type { EndCause, Grant } from '../ports/lock.js';
import type { Counters } from './counters.js';
import type { Line, Lines } from './lines.js';
import type { LockEndings } from './lock-endings.js';
import type { Notices } from './notices.js';

/** What grants locks is made of. */
export interface HoldingParts {
  readonly lines: Lines;
  readonly endings: LockEndings;
  readonly counters: Counters;
  readonly notices: Notices;
}

/** Grants and ends holdings, within a transaction of the caller's: whatever ends one grants the lock to the next. */
export class Holdings {
  readonly #parts: HoldingParts;

  constructor(parts: HoldingParts) {
    this.#parts = parts;
  }

  /** Grants a lock to the ticket that is the first in its line. */
  grant(ticket: Ticket, now: Micros): Grant {
    const held = granted(ticket, this.#parts.counters.nextNumber(now), now);
    this.#parts.lines.hold(ticket, held);
    return held.grant;
  }

  /** Ends a ticket, waiting or granted. What is claimed under it is the caller's to see to, before. */
  end(line: Line, ticket: Ticket, cause: EndCause, now: Micros): void {
    const { lines, endings, notices } = this.#parts;
    const { lockId, requestId, grant, leaseEnd } = ticket;
    const ending = grant && endingOf({ grant, leaseEnd }, cause, now);
    if (ending && ticket.kind !== 'claim') endings.add(ticket, ending, now);
    notices.lock({ kind: 'ended', lockId, ticket: ticket.ticket, requestId, ending });
    const left = lines.remove(line, ticket);
    if (left) this.#grantFirst(left, now);
  }

  /** One that has run out is still to be ended, and the next one is granted then. */
  #grantFirst(line: Line, now: Micros): void {
    const first = this.#parts.lines.first(line);
    if (first.grant || hasRunOut(first, now)) return;
    const { lockId, ticket, requestId } = first;
    this.#parts.notices.lock({ kind: 'granted', lockId, ticket, requestId, grant: this.grant(first, now) });
  }
}
