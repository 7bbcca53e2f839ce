import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';
import { errorOf, isRefusal, textOf, unreachable } from './errors.js';
import type { Argument, Runner, Script } from './script.js';

/** How long a call waits for a connection that is being made. */
const waitMs = 2_000;

const unsentPauseMs = 20;
/** How long a command may go around a cluster, whose client bounds each try only. */
export const sendMs = 10_000;

/** A client whose calls end within a bounded time, with failures as the ports know them. */
export class Connection implements Runner, AsyncDisposable {
  readonly client: Client;
  #lastError: unknown;
  #waiting: Promise<void> | undefined;
  #isGathering = false;

  constructor(client: Client) {
    this.client = client;
    client.on('error', (error: unknown) => {
      this.#lastError = error;
    });
    client.on('ready', () => {
      this.#lastError = undefined;
    });
  }

  async call(command: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.#send(() => this.client.call(command, [...args]));
  }

  async run(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    reply: 'text' | 'bytes',
  ): Promise<unknown> {
    const given = [keys.length, ...keys, ...(args as (string | number | Buffer)[])];
    return this.#send(() => {
      this.#gather();
      return this.#evaluate(script, given, reply === 'text' ? 'call' : 'callBuffer');
    });
  }

  /** Resolves when there is a connection; rejects after a while. */
  async ready(ms = waitMs): Promise<void> {
    if (this.client.status === 'ready') return;
    this.#waiting ??= this.#wait(ms).finally(() => {
      this.#waiting = undefined;
    });
    await this.#waiting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect();
  }

  async #send<Reply>(send: () => Promise<Reply>): Promise<Reply> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      if (this.client.status !== 'ready') await this.ready();
      try {
        return await ('refreshSlotsCache' in this.client ? within(sendMs, send()) : send());
      } catch (error) {
        if (isUnsent(error) && Date.now() < deadline) {
          await sleep(unsentPauseMs);
          continue;
        }
        if ('refreshSlotsCache' in this.client) this.client.refreshSlotsCache();
        throw errorOf(error);
      }
    }
  }

  /** Lets what is sent to a server at a time leave together: a write of the system's costs more than a command. */
  #gather(): void {
    if (this.#isGathering || !('stream' in this.client)) return;
    const { stream } = this.client;
    this.#isGathering = true;
    stream.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }

  /** A server that was restarted, or became the master, may not know the script yet. */
  async #evaluate(
    script: Script,
    keysAndArgs: readonly (string | number | Buffer)[],
    call: 'call' | 'callBuffer',
  ): Promise<unknown> {
    try {
      return await this.client[call]('evalsha', [script.digest, ...keysAndArgs]);
    } catch (error) {
      if (!textOf(error).startsWith('NOSCRIPT')) throw error;
      return await this.client[call]('eval', [script.text, ...keysAndArgs]);
    }
  }

  /** A refusal of the user is not waited out. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.client.off('ready', onReady);
        this.client.off('error', onError);
        settle();
      };
      const onReady = () => end(resolve);
      const onError = (error: unknown) => {
        if (isRefusal(error)) end(() => reject(errorOf(error)));
      };
      const timer = setTimeout(
        () => end(() => reject(this.#lastError ? errorOf(this.#lastError) : unreachable())),
        ms,
      );
      this.client.on('ready', onReady);
      this.client.on('error', onError);
    });
  }
}

/** Whether a command met a connection that was about to end, and did not leave. */
function isUnsent(error: unknown): boolean {
  return textOf(error).startsWith("Stream isn't writeable");
}

export async function within<Reply>(ms: number, reply: Promise<Reply>): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the command timed out')), ms);
  });
  try {
    return await Promise.race([reply, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
