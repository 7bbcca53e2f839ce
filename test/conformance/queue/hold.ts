import { CallError } from '@trackside/client';
import { HoldingEnd } from '#gen/trackside/v1/lock_service_pb.js';
import { steadyNow } from '#src/storage/clock.js';
import type { HoldItem } from '../../e2e/lock.js';
import { lockIds, noteGrant, type Worker } from './crowd.js';
import { attempt } from './insist.js';

/** How long what a sidecar kept up surely lasts after its death, in microseconds: it is kept at each third of the lease. */
const surelyKept = 13_000_000;
/** No dedup id is free again within a run: whether it is, would be up to how long a call was cut off. */
export const env = { TRACKSIDE_LOCK_LEASE: '20s', TRACKSIDE_QUEUE_DEDUP_WINDOW: '86400s' };

/** Holds locks by streams; where one is cut, takes its ticket or grant back by another. */
export async function hold(worker: Worker): Promise<void> {
  for (let n = 0; !worker.stopped(); n++) {
    const visit = new Visit(
      worker,
      lockIds[n % lockIds.length]!,
      `${worker.name}-${n}`,
      n % 3 === 0 ? 200 : 5,
    );
    while (!(await visit.isOver()));
  }
}

/** One request for a lock, and as many streams as it takes. */
class Visit {
  readonly #worker: Worker;
  readonly #lockId: string;
  readonly #requestId: string;
  readonly #workMs: number;
  #ticket: number | undefined;
  #fence: number | undefined;
  /** Whether its client counts on the ticket. */
  #isThere = false;
  /** When the last stream was cut that had a ticket. */
  #cut = 0;

  constructor(worker: Worker, lockId: string, requestId: string, workMs: number) {
    this.#worker = worker;
    this.#lockId = lockId;
    this.#requestId = requestId;
    this.#workMs = workMs;
  }

  /** Holds the lock by a stream; false where that was cut before its end. */
  async isOver(): Promise<boolean> {
    const stop = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const leave = () => {
      this.#leave();
      stop.abort();
    };
    const request = { lockId: this.#lockId, requestId: this.#requestId, owner: this.#requestId };
    const read = async ({ connection }: Awaited<Worker['site']['sidecar']>) => {
      for await (const { item } of connection.lock.holdLock(request, { signal: stop.signal })) {
        this.#note(item as HoldItem);
        if (item.case === 'granted') timer = setTimeout(leave, Math.random() * this.#workMs);
      }
      return 'over' as const;
    };
    const answer = await attempt(this.#worker.site, read).catch((error: unknown) => this.#judge(error));
    clearTimeout(timer);
    if (this.#isThere) this.#cut = steadyNow();
    this.#leave();
    return answer !== undefined || stop.signal.aborted;
  }

  /** A holding may be over where nobody came back in time. */
  #judge(error: unknown): 'over' {
    if (error instanceof CallError && error.reason === 'LEASE_LOST' && !this.#isKept) return 'over';
    throw error;
  }

  get #name(): string {
    return `${this.#lockId} #${this.#ticket} of ${this.#requestId}`;
  }

  /** Whether the sidecar has to know the ticket still. */
  get #isKept(): boolean {
    return this.#ticket !== undefined && steadyNow() - this.#cut < surelyKept;
  }

  #note(item: HoldItem): void {
    if (item.case === 'interrupted') return;
    if (item.case === 'lost') {
      this.#lose(item.value.cause);
      return;
    }
    const ticket = Number(item.value.ticket);
    if (ticket !== this.#ticket && this.#isKept) throw new Error(`Fair: ${this.#name} is #${ticket} now`);
    this.#ticket = ticket;
    if (item.case === 'granted') this.#grant(item.value);
    else if (!this.#isThere) {
      const told = { lockId: this.#lockId, ticket, until: Number.POSITIVE_INFINITY, ahead: undefined };
      this.#worker.diary.write({ what: 'queued', ...told });
    }
    this.#isThere = true;
  }

  /** Where the store was away for long, that is told before anybody else can have the lock. */
  #lose(cause: HoldingEnd): void {
    const { storeFails } = this.#worker.site;
    if (!storeFails || cause !== HoldingEnd.UNCERTAIN) {
      throw new Error(`Exclusive: ${this.#name} was lost: ${cause}`);
    }
    this.#leave();
  }

  #grant(grant: Extract<HoldItem, { case: 'granted' }>['value']): void {
    noteGrant(this.#worker, this.#lockId, grant);
    const fence = Number(grant.fence);
    if (this.#fence !== undefined && this.#fence !== fence) {
      throw new Error(`Safe: ${this.#name} was given back with fence ${fence}, not ${this.#fence}`);
    }
    this.#fence = fence;
  }

  #leave(): void {
    if (!this.#isThere) return;
    this.#isThere = false;
    this.#worker.diary.write({ what: 'gone', lockId: this.#lockId, ticket: this.#ticket! });
  }
}
