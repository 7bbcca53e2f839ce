import { Command, type Redis } from 'ioredis';
import { TracksideError } from '../../errors.js';
import type { Client } from './client.js';
import { sendMs, within } from './connection.js';
import { errorOf, textOf } from './errors.js';
import type { Wait } from './location.js';

/** How far writes had got when they were no longer waited for. */
export interface Reached {
  /** They are on the master's disk, where that is waited for. */
  readonly flushed: boolean;
  /** They are on as many replicas as are waited for. */
  readonly replicated: boolean;
}

/**
 * Waits until appends are on replicas, or on disks. Redis waits for what the same connection wrote, and carries out
 * nothing else that it sends meanwhile; so appends have a connection of their own then, and one wait at each server
 * serves all that were sent together. Where a connection ended in between, or a partition moved, nothing is known.
 */
export class Waits {
  readonly #client: Client;
  readonly #wait: Wait;
  readonly #nothing: Reached;
  /** Of each partition a key that it has as soon as anything was written to it, and that key's slot. */
  readonly #keys: readonly string[];
  readonly #slots: readonly number[];
  /** How many connections have ended. */
  #losses = 0;

  /** The client sends the appends, and nothing that can't wait. */
  constructor(client: Client, wait: Wait, keys: readonly string[]) {
    this.#client = client;
    this.#wait = wait;
    this.#nothing = { flushed: !wait.fsync, replicated: false };
    this.#keys = keys;
    this.#slots = keys.map((key) => new Command('exists', [key]).getSlot());
    const watch = (one: Pick<Redis, 'on'>) => one.on('close', () => this.#lose());
    watch(client as Redis);
    if ('nodes' in client) {
      client.nodes().forEach(watch);
      client.on('+node', watch);
    }
  }

  /** Refuses servers that can't wait for what they are asked to. */
  async open(): Promise<void> {
    const nodes = 'nodes' in this.#client ? this.#client.nodes('master') : [this.#client];
    const [command, ...args] = commandOf({ ...this.#wait, replicas: 0, timeoutMs: 1 });
    const asked = nodes.map((node) => node.call(command, args));
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === 'rejected') throw refusalOf(answer.reason);
    }
  }

  /**
   * Called before appends are sent. What it answers is called behind their answers: it waits, and tells how far what
   * was written to each of some partitions has got.
   */
  begin(): (partitions: readonly number[]) => Promise<readonly Reached[]> {
    const [losses, before] = [this.#losses, this.#servers()];
    const isKnown = () => this.#losses === losses;
    return async (partitions) => {
      const now = this.#servers();
      const groups = new Map<string, number[]>();
      for (const partition of partitions) {
        const servers = now[partition]!;
        if (!isKnown() || servers !== before[partition]) continue;
        groups.set(servers, [...(groups.get(servers) ?? []), partition]);
      }
      const covered = await Promise.all([...groups.values()].map((group) => this.#waitFor(group)));
      const reached = new Map(isKnown() ? covered.flat() : []);
      return partitions.map((partition) => reached.get(partition) ?? this.#nothing);
    };
  }

  #lose(): void {
    this.#losses += 1;
  }

  /** Of each partition the servers that have it, the master first. */
  #servers(): readonly string[] {
    const client = this.#client;
    return this.#slots.map((slot) => ('slots' in client ? (client.slots[slot] ?? []).join(';') : ''));
  }

  /** Waits at one server, to which the keys lead; one that is gone from there tells that the partition moved. */
  async #waitFor(partitions: readonly number[]): Promise<readonly (readonly [number, Reached])[]> {
    const keys = partitions.map((partition) => ['exists', this.#keys[partition]]);
    const commands = this.#client.pipeline([...keys, commandOf(this.#wait)]);
    const results = (await within(sendMs, commands.exec()).catch(() => null)) ?? [];
    const [failure, answer] = results.at(-1) ?? [unanswered];
    if (failure) return [];
    const reached = this.#reachedOf(answer);
    return partitions.filter((_, i) => results[i]![1] === 1).map((partition) => [partition, reached]);
  }

  #reachedOf(answer: unknown): Reached {
    const { fsync, replicas } = this.#wait;
    const [local, copies] = (fsync ? answer : [1, answer]) as readonly [number, number];
    return { flushed: local >= 1, replicated: replicas > 0 && copies >= replicas };
  }
}

const unanswered = new Error('no answer');

function commandOf({ replicas, fsync, timeoutMs }: Wait): [string, ...number[]] {
  return fsync ? ['waitaof', 1, replicas, timeoutMs] : ['wait', replicas, timeoutMs];
}

function refusalOf(error: unknown): TracksideError {
  const text = textOf(error);
  const found = refusals.find(([words]) => words.test(text));
  return found ? new TracksideError('INVALID_REQUEST', `storage: ${found[1]}`) : errorOf(error);
}

const refusals: readonly (readonly [words: RegExp, message: string])[] = [
  [
    /unknown command/i,
    '"wait_fsync" needs WAITAOF, which this server does not have; Redis has it from 7.2 on',
  ],
  [/appendonly/, '"wait_fsync" needs an append-only file; set appendonly yes on the server'],
  [/NOPERM/, 'the Redis user may not wait (WAIT, WAITAOF), as "wait_replicas" and "wait_fsync" need'],
];
