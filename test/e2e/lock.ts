import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { clientOf, type LockClient, targetOf } from '@trackside/client';
import { createChannel } from 'nice-grpc';
import {
  type HoldLockRequestSchema,
  type HoldLockResponse,
  LockService,
} from '#gen/trackside/v1/lock_service_pb.js';
import { type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

/** The engines that locks are kept in. */
export const engines = ['memory', 'sqlite'] as const;

/** A storage URL of a new store. */
export async function newStore(engine: (typeof engines)[number]): Promise<string> {
  return engine === 'memory' ? 'memory:' : `sqlite:${join(await temporaryFolder(), 'trackside.db')}`;
}

/** A sidecar with a client of its locks. */
export async function startLocks(
  storage: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Sidecar & { readonly lock: LockClient }> {
  const sidecar = await startSidecar({ storage, env });
  return { ...sidecar, lock: sidecar.connection.lock };
}

/**
 * A client on a connection that no other client of this process shares. Node ends a connection on which more than
 * 1,000 calls are cancelled at once.
 */
export function separateClient(address: string): LockClient {
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  return clientOf(LockService, createChannel(targetOf(address), undefined, options));
}

/** Who calls HoldLock. */
export type HoldClient = Pick<LockClient, 'holdLock'>;

/** What a HoldLock stream's item is. */
export type HoldItem = Exclude<HoldLockResponse['item'], { case: undefined }>;

type Kind = HoldItem['case'];
type ValueOf<K extends Kind> = Extract<HoldItem, { case: K }>['value'];

/** A HoldLock stream that a test reads item by item. */
export class Holder {
  readonly #items: AsyncIterator<HoldLockResponse>;
  readonly #aborter = new AbortController();
  /** Asked for at once, for a stream begins with that. */
  #first: Promise<IteratorResult<HoldLockResponse>> | undefined;

  constructor(lock: HoldClient, request: MessageInitShape<typeof HoldLockRequestSchema>) {
    const { signal } = this.#aborter;
    this.#items = lock.holdLock(request, { signal })[Symbol.asyncIterator]();
    this.#first = this.#items.next();
    this.#first.catch(() => {});
  }

  /** The next item; undefined at the stream's end. */
  async next(): Promise<HoldItem | undefined> {
    return (await this.nextResponse())?.item as HoldItem | undefined;
  }

  /** The next item with what comes beside it. */
  async nextResponse(): Promise<HoldLockResponse | undefined> {
    const next = this.#first ?? this.#items.next();
    this.#first = undefined;
    const { value, done } = await next;
    return done ? undefined : value;
  }

  /** Reads on to an item of a kind. */
  async until<K extends Kind>(kind: K): Promise<ValueOf<K>> {
    for (;;) {
      const item = await this.next();
      if (!item) throw new Error(`the stream ended before ${kind}`);
      if (item.case === kind) return item.value as ValueOf<K>;
    }
  }

  /** Vanishes. */
  cancel(): void {
    this.#aborter.abort();
    this.#items.next().catch(() => {});
  }
}

/** A stream that holds a lock. */
export async function hold(
  lock: HoldClient,
  request: MessageInitShape<typeof HoldLockRequestSchema>,
): Promise<{ readonly holder: Holder; readonly fence: bigint }> {
  const holder = new Holder(lock, request);
  const { fence } = await holder.until('granted');
  return { holder, fence };
}

/** Who holds a lock and who waits: their owners; undefined where it is free. */
export async function ownersOf(lock: LockClient, lockId: string): Promise<readonly string[] | undefined> {
  const { lock: held, waiters } = await lock.getLock({ lockId });
  return held && [held.holder!.owner, ...waiters.map(({ owner }) => owner)];
}

/** Waits for something that comes to hold by itself. */
export async function eventually(check: () => Promise<boolean>, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
