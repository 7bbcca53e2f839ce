import { performance } from 'node:perf_hooks';
import { passInTurn, type Relay, relayCount } from './delays.js';
import { WireConnection } from './load/wire.js';
import { isPopped, popRequest, pushRequest, queuePath } from './queue-messages.js';
import type { ServerProcess } from './server-process.js';

/** Queues of a server, each with somebody who waits to pop its next message. */
export interface QueueRelays {
  /** Has messages pushed, in turn; returns the times from a push to the waiting pop's answer, in milliseconds. */
  pass(): Promise<readonly number[]>;
  /** Those that wait don't hear of the server's end. */
  close(): void;
}

/** Pushes at a server and pops at the same or another one. */
export async function queueRelays(
  pushing: Pick<ServerProcess, 'address'>,
  popping = pushing,
): Promise<QueueRelays> {
  const pushes = await WireConnection.open(pushing.address, queuePath('PushMessages'));
  const pops = await WireConnection.open(popping.address, queuePath('PopMessage'));
  const queues = Array.from({ length: relayCount }, (_, i) => new Queue(`queue-${i}`, pushes, pops));
  return { pass: () => passInTurn(queues), close: () => pops.close() };
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
