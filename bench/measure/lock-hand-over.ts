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
import { queueRelays } from '../queue-relay.js';
import type { Figure, Limit } from '../report.js';
import { alternate } from '../rounds.js';
import { startBare, startTrackside } from '../server-process.js';

const rounds = 5;

/** Waits for a lock; resolves to the grant's fence. */
type Ask = (lockId: string) => Promise<bigint>;

/** From a holder's release to the next one's seeing the grant, beside a bare server that hands over what it gets. */
export async function lockHandOver(engine: 'memory' | 'sqlite'): Promise<Figure[]> {
  const server = await startTrackside(engine);
  const bareServer = await startBare('relay-grpc-js');
  const bare = await queueRelays(bareServer);
  const open = (method: Parameters<typeof lockPath>[0]) =>
    WireConnection.open(server.address, lockPath(method));
  const [acquires, holds, releases] = [
    await open('AcquireLock'),
    await open('HoldLock'),
    await open('ReleaseLock'),
  ];
  try {
    const side = (kind: string, ask: Ask) => {
      const relays = Array.from({ length: relayCount }, (_, i) => new Lock(`${kind}-${i}`, ask, releases));
      return () => passInTurn(relays);
    };
    const results = await alternate(rounds, {
      acquire: side('acquire', acquirer(acquires)),
      hold: side('hold', holder(holds)),
      bare: () => bare.pass(),
    });
    const figures = (kind: keyof (typeof results)[number], name: string, limit?: Limit) => {
      const delays = results.map((result) => result[kind]);
      return delayFigures(`lock-hand-over-${engine}.${name}`, delays, limit);
    };
    return [
      ...figures('acquire', 'acquire', { atMost: 3 }),
      ...figures('hold', 'hold', { atMost: 3 }),
      ...figures('bare', 'bare-grpc-js'),
    ];
  } finally {
    // Those that wait aren't to hear of the server's end.
    for (const connection of [acquires, holds, bare]) connection.close();
    for (const one of [server, bareServer]) await one.stop();
  }
}

/** A lock that somebody holds and somebody waits for. */
class Lock implements Relay {
  readonly #lockId: string;
  readonly #ask: Ask;
  readonly #releases: WireConnection;
  #holder: Promise<bigint>;
  #next: Promise<bigint>;

  constructor(lockId: string, ask: Ask, releases: WireConnection) {
    this.#lockId = lockId;
    this.#ask = ask;
    this.#releases = releases;
    this.#holder = ask(lockId);
    this.#next = ask(lockId);
  }

  async pass(): Promise<number> {
    const request = releaseRequest(this.#lockId, await this.#holder);
    this.#holder = this.#next;
    const start = performance.now();
    const released = this.#releases.unary(request);
    await this.#holder;
    const delay = performance.now() - start;
    await released;
    this.#next = this.#ask(this.#lockId);
    return delay;
  }
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
