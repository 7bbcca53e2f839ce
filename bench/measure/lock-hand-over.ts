import { performance } from 'node:perf_hooks';
import { delayFigures, passInTurn, type Relay, relayCount } from '../delays.js';
import { WireConnection } from '../load/wire.js';
import {
  acquiredFence,
  acquireRequest,
  heldFence,
  holdRequest,
  lockPath,
  releaseRequest,
} from '../lock-messages.js';
import { type QueueRelays, queueRelays } from '../queue-relay.js';
import type { Figure, Limit } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startBare, startTrackside } from '../server-process.js';

const rounds = 5;

/** Waits for a lock; resolves to the grant's fence. */
type Ask = (lockId: string) => Promise<bigint>;

/** A server at which locks are waited for and released. */
interface Site {
  readonly acquire: Ask;
  readonly hold: Ask;
  release(lockId: string, fence: bigint): Promise<unknown>;
  /** Those that wait don't hear of the server's end. */
  close(): void;
}

/** From a holder's release to the next one's seeing the grant, beside a bare server that hands over what it gets. */
export async function lockHandOver(engine: 'memory' | 'sqlite'): Promise<Figure[]> {
  const server = await startTrackside(engine);
  const bareServer = await startBare('relay-grpc-js');
  const bare = await queueRelays(bareServer);
  try {
    return await handOvers(`lock-hand-over-${engine}`, [server], bare, { atMost: 3 });
  } finally {
    bare.close();
    for (const one of [server, bareServer]) await one.stop();
  }
}

/** Has locks handed over between servers, whose holders and those that wait for them are at each in turn. */
export async function handOvers(
  name: string,
  servers: readonly ServerProcess[],
  bare: QueueRelays,
  limit: Limit,
): Promise<Figure[]> {
  const sites = await Promise.all(servers.map(openSite));
  try {
    const side = (kind: 'acquire' | 'hold') => {
      const relays = Array.from({ length: relayCount }, (_, i) => new Lock(`${kind}-${i}`, kind, sites));
      return () => passInTurn(relays);
    };
    const results = await alternate(rounds, {
      acquire: side('acquire'),
      hold: side('hold'),
      bare: () => bare.pass(),
    });
    const of = (kind: keyof (typeof results)[number]) => results.map((result) => result[kind]);
    return [
      ...delayFigures(`${name}.acquire`, of('acquire'), limit),
      ...delayFigures(`${name}.hold`, of('hold'), limit),
      ...delayFigures(`${name}.bare-relay`, of('bare')),
    ];
  } finally {
    for (const site of sites) site.close();
  }
}

/** A lock that somebody holds and somebody waits for, the one at the site behind the other's. */
class Lock implements Relay {
  readonly #lockId: string;
  readonly #kind: 'acquire' | 'hold';
  readonly #sites: readonly Site[];
  #at = 0;
  #holder: Promise<bigint>;
  #next: Promise<bigint>;

  constructor(lockId: string, kind: 'acquire' | 'hold', sites: readonly Site[]) {
    this.#lockId = lockId;
    this.#kind = kind;
    this.#sites = sites;
    this.#holder = this.#site(0)[kind](lockId);
    // One that asks elsewhere could come first.
    this.#next = this.#holder.then(() => this.#site(1)[kind](lockId));
  }

  async pass(): Promise<number> {
    const [fence, site] = [await this.#holder, this.#site(0)];
    this.#holder = this.#next;
    this.#at += 1;
    const start = performance.now();
    const released = site.release(this.#lockId, fence);
    await this.#holder;
    const delay = performance.now() - start;
    await released;
    this.#next = this.#site(1)[this.#kind](this.#lockId);
    return delay;
  }

  /** The holder's site, or one so many behind it. */
  #site(behind: number): Site {
    return this.#sites[(this.#at + behind) % this.#sites.length]!;
  }
}

async function openSite({ address }: ServerProcess): Promise<Site> {
  const open = (method: Parameters<typeof lockPath>[0]) => WireConnection.open(address, lockPath(method));
  const [acquires, holds, releases] = [
    await open('AcquireLock'),
    await open('HoldLock'),
    await open('ReleaseLock'),
  ];
  return {
    acquire: acquirer(acquires),
    hold: holder(holds),
    release: (lockId, fence) => releases.unary(releaseRequest(lockId, fence)),
    close() {
      for (const connection of [acquires, holds]) connection.close();
    },
  };
}

function acquirer(connection: WireConnection): Ask {
  return async (lockId) => acquiredFence(await connection.unary(acquireRequest(lockId)));
}

function holder(connection: WireConnection): Ask {
  return (lockId) =>
    new Promise((resolve, reject) => {
      const onItem = (item: Uint8Array) => {
        const fence = heldFence(item);
        if (fence !== undefined) resolve(fence);
      };
      connection.call(holdRequest(lockId), onItem, (error) => reject(error ?? new Error('the stream ended')));
    });
}
