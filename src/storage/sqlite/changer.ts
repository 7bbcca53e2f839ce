import type { Micros } from '../ports/common.js';
import type { Change, ChangeName, ChangeOperations } from './changes.js';
import { Claimer } from './claimer.js';
import { Claims } from './claims.js';
import type { Database } from './connection.js';
import { Counters } from './counters.js';
import { dedupsIn } from './dedups.js';
import { Groups } from './groups.js';
import { Holdings } from './holdings.js';
import { Lines } from './lines.js';
import { lockEndingsIn } from './lock-endings.js';
import { LockWriter } from './lock-writer.js';
import { Messages } from './messages.js';
import { Notices } from './notices.js';
import { Places } from './places.js';
import { QueueWriter } from './queue-writer.js';
import { Queues } from './queues.js';
import { requestsIn } from './requests.js';
import { Upkeep } from './upkeep.js';

/** Those that are not about what has not run out. */
const upkeepNames: ReadonlySet<ChangeName> = new Set([
  'expireLocks',
  'expireQueues',
  'sweepLocks',
  'sweepQueues',
]);

/** Builds what writes locks and queues, from its parts; `dedupWindow` is how long a done message's id is refused. */
function build(database: Database, dedupWindow: Micros) {
  const counters = new Counters(database);
  const notices = new Notices();
  const queues = new Queues(database);
  const places = new Places(database, notices);
  const groups = new Groups(database, places, queues);
  const dedups = dedupsIn(database, dedupWindow);
  const messages = new Messages(database, { queues, places, groups, dedups });
  const lines = new Lines(database, groups);
  const endings = lockEndingsIn(database);
  const holdings = new Holdings({ lines, endings, counters, notices });
  const claims = new Claims(database);
  const claimer = new Claimer({ queues, messages, claims, lines, holdings, counters, notices });
  const upkeep = new Upkeep({ lines, holdings, messages, claims, claimer });
  const requests = requestsIn(database, 'push_requests');
  const shared = { counters, notices, queues, dedups, messages, lines, endings, holdings, claims, claimer };
  return { ...shared, upkeep, requests };
}

/**
 * Changes locks and queues, within transactions of the caller's: `save` ends one, `load` follows one that failed.
 */
export class Changer {
  readonly #parts: ReturnType<typeof build>;
  readonly #operations: ChangeOperations;

  constructor(database: Database, dedupWindow: Micros) {
    this.#parts = build(database, dedupWindow);
    this.#operations = this.#operationsOf(new LockWriter(this.#parts), new QueueWriter(this.#parts));
  }

  get notices(): Notices {
    return this.#parts.notices;
  }

  /** Ends at most so many of what has run out before a change. True where there is more. */
  prepare({ name, now }: Change, limit: number): boolean {
    return !upkeepNames.has(name) && this.#parts.upkeep.endAll(limit, now);
  }

  carryOut({ name, now, given }: Change): unknown {
    if (!upkeepNames.has(name)) this.#parts.upkeep.endAll(Number.POSITIVE_INFINITY, now);
    const operation = this.#operations[name] as (now: Micros, ...given: readonly unknown[]) => unknown;
    return operation(now, ...given);
  }

  save(): void {
    const { counters, notices, queues, claims } = this.#parts;
    notices.bound((queueId) => queues.find(queueId)?.ready ?? 0);
    counters.save();
    queues.save();
    claims.save();
  }

  load(): void {
    const { counters, queues, claims, lines, messages, notices } = this.#parts;
    for (const part of [counters, queues, claims, lines, messages, notices]) part.load();
  }

  #operationsOf(locks: LockWriter, queues: QueueWriter): ChangeOperations {
    const { upkeep, endings, claims, dedups, requests } = this.#parts;
    return {
      enter: (now, ticket) => locks.enter(ticket, now),
      keep: (now, tickets) => locks.keep(tickets, now),
      extend: (now, lockId, fence, lifetime) => locks.extend(lockId, fence, lifetime, now),
      release: (now, lockId, fence) => locks.release(lockId, fence, now),
      leave: (now, lockId, ticket, held) => locks.leave(lockId, ticket, held, now),
      delete: (now, lockId, fence) => locks.delete(lockId, fence, now),
      push: (now, message) => queues.push(message, now),
      pop: (now, queueId, groups) => queues.pop(queueId, groups, now),
      putBack: (_, messages) => queues.putBack(messages),
      claim: (now, request) => queues.claim(request, now),
      settle: (now, settlement) => queues.settle(settlement, now),
      purge: (now, queueId, states, after, limit) => queues.purge({ queueId, after, limit }, states, now),
      replay: (_, queueId, ids, after, last, limit) => queues.replay({ queueId, after, limit }, ids, last),
      catchUp: () => {},
      expireLocks: (now, limit) => upkeep.expireLocks(limit, now),
      expireQueues: (now, limit) => upkeep.expireQueues(limit, now),
      sweepLocks: (now, limit) => endings.sweep(limit, now),
      sweepQueues: (now, limit) =>
        [claims, dedups, requests].map((memory) => memory.sweep(limit, now)).includes(true),
    };
  }
}
