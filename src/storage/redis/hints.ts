import { randomBytes } from 'node:crypto';
import { type Client, newClient } from './client.js';
import { hintChannel } from './layout.js';
import type { Target } from './location.js';
import type { Runner } from './script.js';

/** The least time between two hints of a process. */
const pauseMs = 3;

/**
 * Tells other processes that logs have grown. A hint can get lost, on the way or for want of a right to publish: the
 * feed looks now and then by itself.
 */
export class Hints {
  readonly #runner: Runner;
  readonly #target: Target;
  readonly #channel: string;
  /** Tells this process's hints from others'. */
  readonly #sender = randomBytes(6).toString('base64url');
  readonly #due = new Set<number>();
  #isPausing = false;

  constructor(runner: Runner, target: Target, namespace: string) {
    this.#runner = runner;
    this.#target = target;
    this.#channel = hintChannel(namespace);
  }

  /** Says that a partition's log has grown: at once, or with others after the pause. */
  tell(partition: number): void {
    this.#due.add(partition);
    if (!this.#isPausing) this.#send();
  }

  /** Calls back with the partitions that other processes tell of, and with all when hints may have been lost. */
  async listen(partitions: number, wake: (partition: number) => void): Promise<AsyncDisposable> {
    const client = await newClient(this.#target, { subscribes: true });
    const onMessage = (_: string, message: string) => {
      const [sender, told = ''] = message.split(' ');
      if (sender !== this.#sender) for (const partition of told.split(',')) wake(Number(partition));
    };
    client.on('message', onMessage);
    client.on('smessage', onMessage);
    client.on('error', () => {});
    client.on('ready', () => {
      for (let partition = 0; partition < partitions; partition++) wake(partition);
    });
    this.#subscribe(client);
    return { [Symbol.asyncDispose]: async () => client.disconnect() };
  }

  #subscribe(client: Client): void {
    const subscribe = () =>
      isCluster(this.#target) ? client.ssubscribe(this.#channel) : client.subscribe(this.#channel);
    if (client.status === 'ready') subscribe().catch(() => {});
    else client.once('ready', () => subscribe().catch(() => {}));
  }

  #send(): void {
    const message = `${this.#sender} ${[...this.#due].join()}`;
    this.#due.clear();
    this.#isPausing = true;
    const command = isCluster(this.#target) ? 'spublish' : 'publish';
    this.#runner.call(command, this.#channel, message).catch(() => {});
    setTimeout(() => {
      this.#isPausing = false;
      if (this.#due.size > 0) this.#send();
    }, pauseMs).unref();
  }
}

function isCluster({ topology }: Target): boolean {
  return topology.kind === 'cluster';
}
