import type { Backend } from '#src/storage/ports/backend.js';
import type { Micros } from '#src/storage/ports/common.js';
import type { Grant, HoldingKind, LockNotice, NewTicket } from '#src/storage/ports/lock.js';
import type { QueueNotice } from '#src/storage/ports/queue.js';
import { formatReceipt } from '#src/storage/receipt.js';
import type { Seen } from '../queue/observations.js';

export interface Notices {
  readonly locks: readonly LockNotice[];
  readonly queues: readonly QueueNotice[];
}

type Asked = Pick<NewTicket, 'lockId' | 'requestId' | 'kind' | 'lease'>;

/** Listens to a backend's locks and queues, and writes down what they tell. */
export class Told {
  readonly seen: Seen[];
  /** What was asked for, by ticket. */
  readonly #asked: Map<string, Asked>;
  /** What is being asked for. */
  #asking: Asked | undefined;
  #locks: LockNotice[] = [];
  #queues: QueueNotice[] = [];

  private constructor(before: Told | undefined) {
    this.seen = before?.seen ?? [];
    this.#asked = before ? before.#asked : new Map();
  }

  /** Listens to a backend; goes on from what was told by one that had the same data. */
  static async open({ lock, queue }: Backend, before?: Told): Promise<Told> {
    const told = new Told(before);
    await lock!.watch((notice) => told.#locks.push(notice));
    await queue!.watch((notice) => told.#queues.push(notice));
    return told;
  }

  /** Writes down, and returns, what was told since the last time. */
  take(at: Micros): Notices {
    const notices = { locks: this.#locks, queues: this.#queues };
    [this.#locks, this.#queues] = [[], []];
    for (const notice of notices.queues) {
      if (notice.kind !== 'ended') continue;
      const { queueId, receipt, ending } = notice;
      this.seen.push({ what: 'ended', queueId, receipt: formatReceipt(receipt), cause: ending.cause, at });
    }
    for (const notice of notices.locks) {
      const { lockId, ticket, requestId } = notice;
      if (notice.kind === 'ended') this.seen.push({ what: 'gone', lockId, ticket, at });
      if (notice.kind !== 'granted') continue;
      const isAsking = this.#asking?.lockId === lockId && this.#asking.requestId === requestId;
      const asked = this.#asked.get(`${lockId} ${ticket}`) ?? (isAsking ? this.#asking : undefined);
      this.granted(
        lockId,
        ticket,
        notice.grant,
        keptUntil(asked?.kind ?? 'claim', notice.grant, asked?.lease, at),
        at,
      );
    }
    return notices;
  }

  /** Takes note of what is being asked for. */
  asking(asked: NewTicket): void {
    this.#asking = asked;
  }

  /** Takes note of the ticket that was given for it. */
  asked(ticket: number): void {
    const key = `${this.#asking!.lockId} ${ticket}`;
    if (!this.#asked.has(key)) this.#asked.set(key, this.#asking!);
  }

  granted(lockId: string, ticket: number, { fence, grantTime }: Grant, until: Micros, at: Micros): void {
    this.seen.push({ what: 'granted', lockId, ticket, fence, partition: 0, grantTime, until, at });
  }

  /** How long a ticket lives that was kept for a lease. */
  keptUntil(lockId: string, ticket: number, grant: Grant | undefined, lease: Micros, at: Micros): Micros {
    const kind = this.#asked.get(`${lockId} ${ticket}`)?.kind ?? 'claim';
    return grant ? keptUntil(kind, grant, lease, at) : at + lease;
  }

  /** The ticket that was granted with a fence. */
  ticketOf(lockId: string, fence: number): number | undefined {
    const granted = this.seen.findLast(
      (one) => one.what === 'granted' && one.lockId === lockId && one.fence === fence,
    );
    return granted?.what === 'granted' ? granted.ticket : undefined;
  }
}

/** How long a holding lasts: only a stream's is kept by its lease. */
function keptUntil(kind: HoldingKind, { endTime = Infinity }: Grant, lease = Infinity, at: Micros): Micros {
  return kind === 'stream' ? Math.min(endTime, at + lease) : endTime;
}
