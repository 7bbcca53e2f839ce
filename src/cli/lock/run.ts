import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { CallError, type LockClient } from '@trackside/client';
import { TakenPolicy } from '@trackside/client/gen/trackside/v1/lock_service_pb.js';
import { defined } from '../defined.js';
import { CommandError, exitCode, lockRunCode } from '../exit.js';
import { withServer } from '../server.js';
import { durationOf } from '../time.js';
import { type Child, signalCode, startChild } from './child.js';
import { holdLock, type Turn } from './hold.js';
import { isSentByTerminal, onSignal } from './signals.js';

const releaseTimeoutMs = 2000;

export interface RunOptions {
  readonly address: string;
  /** How long to wait for the lock, in milliseconds; as long as it takes where it is left out. */
  readonly wait?: number;
  /** The longest holding, in milliseconds. */
  readonly lifetime?: number;
  /** Not to wait. */
  readonly reject?: boolean;
  /** To ask the holder to let go. */
  readonly interrupt?: boolean;
  readonly owner?: string;
}

/** `trackside lock run NAME -- COMMAND…`: runs a command while it holds a lock. Ends with the command's exit code. */
export async function run(lockId: string, command: readonly string[], options: RunOptions): Promise<void> {
  try {
    process.exitCode = await withServer(options.address, ({ lock }) =>
      new Run(lock, lockId, command).toEnd(options),
    );
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== exitCode.failure) throw error;
    throw new CommandError(error.message, lockRunCode.failure);
  }
}

/** One run of a command under a lock. */
class Run {
  readonly #lock: LockClient;
  readonly #lockId: string;
  readonly #command: readonly string[];
  readonly #stop = new AbortController();
  #signal: NodeJS.Signals | undefined;
  #child: Child | undefined;
  /** The exit code of the command, once it has ended. */
  #code: number | undefined;
  #isLost = false;
  #hasWaited = false;

  constructor(lock: LockClient, lockId: string, command: readonly string[]) {
    this.#lock = lock;
    this.#lockId = lockId;
    this.#command = command;
  }

  /** Resolves to the exit code. */
  async toEnd(options: RunOptions): Promise<number> {
    onSignal((signal) => this.#receive(signal));
    const request = requestOf(this.#lockId, options);
    const holding = { request, waitMs: options.wait, signal: this.#stop.signal };
    try {
      for await (const turn of holdLock(this.#lock, holding)) this.#take(turn);
    } catch (error) {
      if (!(error instanceof CallError) || error.reason !== 'LOCK_TAKEN') throw error;
      say(`${error.details}; the command was not run`);
      return lockRunCode.notGranted;
    }
    const code = await this.#child?.ended;
    if (this.#isLost) return lockRunCode.lost;
    if (code !== undefined) return code;
    if (this.#signal) return signalCode(this.#signal);
    say(`${this.#name} was not granted in time; the command was not run`);
    return lockRunCode.notGranted;
  }

  get #name(): string {
    return `lock ${JSON.stringify(this.#lockId)}`;
  }

  #receive(signal: NodeJS.Signals): void {
    if (!this.#child) {
      this.#signal = signal;
      this.#stop.abort();
    } else if (!isSentByTerminal(signal)) {
      this.#child.signal(signal);
    }
  }

  #take(turn: Turn): void {
    if (this.#stop.signal.aborted || this.#code !== undefined) return;
    switch (turn.kind) {
      case 'queued':
        if (!this.#hasWaited) say(`waiting for ${this.#name}, behind ${turn.ahead}`);
        this.#hasWaited = true;
        break;
      case 'granted':
        this.#start(turn.fence);
        break;
      case 'interrupted':
        say(`somebody asks for ${this.#name}`);
        break;
      case 'lost':
        this.#isLost = true;
        say(`${this.#name} is lost (${turn.cause}); the command is ended`);
        this.#child?.end();
        break;
    }
  }

  #start(fence: bigint): void {
    this.#child = startChild(this.#command, {
      TRACKSIDE_LOCK_ID: this.#lockId,
      TRACKSIDE_FENCE: `${fence}`,
    });
    void this.#child.ended.then(async (code) => {
      this.#code = code;
      await this.#release(fence);
      this.#stop.abort();
    });
  }

  /** Before the exit, so that who comes next finds the lock free; the stream's end frees it as well. */
  async #release(fence: bigint): Promise<void> {
    if (this.#isLost) return;
    const request = { lockId: this.#lockId, fence };
    await this.#lock.releaseLock(request, { timeoutMs: releaseTimeoutMs }).catch(() => {});
  }
}

function requestOf(lockId: string, { lifetime, owner, reject, interrupt }: RunOptions) {
  return {
    lockId,
    requestId: randomUUID(),
    owner: owner ?? `${hostname()}:${process.pid}`,
    takenPolicy: reject ? TakenPolicy.REJECT : interrupt ? TakenPolicy.INTERRUPT : TakenPolicy.ENQUEUE,
    ...defined({ lifetime: durationOf(lifetime) }),
  };
}

function say(what: string): void {
  console.error(`trackside: ${what}`);
}
