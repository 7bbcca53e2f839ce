import type { Micros } from '../storage/ports/common.js';
import type { ClaimEnding, ClaimRequest, Delivery, Receipt } from '../storage/ports/queue.js';
import type { Patience } from './waiter.js';

/** The most unused credits of one consumer, and the most claims that it has under way. */
export const maxCredits = 10_000;

export interface ConsumerOptions {
  readonly queueId: string;
  readonly lease: Micros;
  readonly owner: string;
  /** The bounds of what is delivered at a time. */
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** What a consumer's client is told. */
export type Told =
  | { readonly kind: 'deliveries'; readonly deliveries: readonly Delivery[] }
  /** Somebody asks for the lock that a claim of its holds. */
  | { readonly kind: 'interrupted'; readonly receipt: Receipt }
  /** A claim of its was ended by something else than its settlement. */
  | { readonly kind: 'ended'; readonly receipt: Receipt; readonly ending: ClaimEnding };

/** Whom a consumer works for. */
export interface Client {
  /** Resolves when it was taken; to false where it never will be. */
  tell(told: Told): Promise<boolean>;
  /** Nothing more comes. */
  fail(error: unknown): void;
}

/** What a consumer works with: its part of the desk. */
export interface Office {
  claim(
    request: () => Omit<ClaimRequest, 'queueId' | 'groups'>,
    patience: Patience,
  ): Promise<readonly Delivery[]>;
  giveBack(deliveries: readonly Delivery[]): void;
  /** Has the consumer told what happens to a claim. */
  follow(claim: string): void;
  /** Forgets the consumer, with the claims that it follows. */
  leave(claims: Iterable<string>): void;
}

/** Names a claim in this process. */
export function claimKey({ partition, claim }: Receipt): string {
  return `${partition}.${claim}`;
}

/** Claims messages for a client as it has credits, some at a time and the next when it has taken the last ones. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #client: Client;
  readonly #office: Office;
  readonly #stopping = new AbortController();
  /** What was delivered and is not settled. */
  readonly #claims = new Set<string>();
  #credits = 0;
  #working = false;

  constructor(options: ConsumerOptions, client: Client, office: Office) {
    this.#options = options;
    this.#client = client;
    this.#office = office;
  }

  /** How many more messages may be claimed. */
  get credits(): number {
    return this.#credits;
  }

  /** Lets so many more messages be claimed. */
  grant(credits: number): void {
    this.#credits += credits;
    void this.#work();
  }

  /** Passes on what happened to a claim that it follows. */
  tell(told: Told): void {
    void this.#client.tell(told);
  }

  /** Says that a claim that it follows is over. */
  settled(claim: string): void {
    this.#claims.delete(claim);
    void this.#work();
  }

  /** Claims no more, and fails where there is an error. What was delivered stays claimed. */
  stop(error?: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#office.leave(this.#claims);
    if (error !== undefined) this.#client.fail(error);
  }

  get #wanted(): number {
    return Math.min(this.#credits, this.#options.maxMessages, maxCredits - this.#claims.size);
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#wanted > 0 && !this.#stopping.signal.aborted) await this.#deliver();
    } catch (error) {
      this.stop(error);
    }
    this.#working = false;
  }

  async #deliver(): Promise<void> {
    const { lease, owner, maxBytes } = this.#options;
    const { signal } = this.#stopping;
    const request = () => ({ maxMessages: this.#wanted, maxBytes, lease, owner });
    const deliveries = await this.#office.claim(request, { waitMs: undefined, signal });
    // What was claimed for one who had stopped was given back.
    if (signal.aborted || deliveries.length === 0) return;
    this.#credits -= deliveries.length;
    for (const { receipt } of deliveries) {
      const claim = claimKey(receipt);
      this.#claims.add(claim);
      this.#office.follow(claim);
    }
    if (!(await this.#client.tell({ kind: 'deliveries', deliveries }))) this.#office.giveBack(deliveries);
  }
}
