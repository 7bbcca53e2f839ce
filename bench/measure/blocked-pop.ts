import { performance } from 'node:perf_hooks';
import { delayFigures, passInTurn, type Relay, relayCount } from '../delays.js';
import { WireConnection } from '../load/wire.js';
import { isPopped, popRequest, pushRequest, queuePath } from '../queue-messages.js';
import type { Figure } from '../report.js';
import { alternate } from '../rounds.js';
import { startTrackside } from '../server-process.js';

const rounds = 5;

/** From a push to a waiting pop's answer. */
export async function blockedPop(engine: 'memory' | 'sqlite'): Promise<Figure[]> {
  const server = await startTrackside(engine);
  const pushes = await WireConnection.open(server.address, queuePath('PushMessages'));
  const pops = await WireConnection.open(server.address, queuePath('PopMessage'));
  try {
    const queues = Array.from({ length: relayCount }, (_, i) => new Queue(`queue-${i}`, pushes, pops));
    const results = await alternate(rounds, { delays: () => passInTurn(queues) });
    return delayFigures(
      `blocked-pop-${engine}`,
      results.map(({ delays }) => delays),
      { atMost: 3 },
    );
  } finally {
    // Those that wait aren't to hear of the server's end.
    pops.close();
    await server.stop();
  }
}

/** A queue with somebody who waits to pop its next message. */
class Queue implements Relay {
  readonly #push: () => Promise<Uint8Array>;
  readonly #pop: () => Promise<Uint8Array>;
  #popped: Promise<Uint8Array>;

  constructor(queueId: string, pushes: WireConnection, pops: WireConnection) {
    const [push, pop] = [pushRequest(queueId), popRequest(queueId)];
    this.#push = () => pushes.unary(push);
    this.#pop = () => pops.unary(pop);
    this.#popped = this.#pop();
  }

  async pass(): Promise<number> {
    const start = performance.now();
    const pushed = this.#push();
    const answer = await this.#popped;
    const delay = performance.now() - start;
    if (!isPopped(answer)) throw new Error('a pop ended without a message');
    await pushed;
    this.#popped = this.#pop();
    return delay;
  }
}
