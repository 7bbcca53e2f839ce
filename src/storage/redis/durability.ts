import type { Redis } from 'ioredis';
import { TracksideError } from '../../errors.js';
import type { BackendDescription } from '../ports/backend.js';
import type { Durability } from '../ports/tracker.js';
import type { Settling } from './append.js';
import type { Client } from './client.js';
import { errorOf, textOf } from './errors.js';
import type { Target } from './location.js';
import type { Waits } from './waits.js';

/** What a server says of how it keeps what it is given; undefined where it may not be asked. */
interface Report {
  readonly appendOnly: boolean | undefined;
  readonly fsync: string | undefined;
  readonly evictionPolicy: string | undefined;
  readonly replicas: number | undefined;
}

/**
 * How safe the servers keep what they are given: what they say, else what the URL says. They are asked when they are
 * connected to, when others become masters, and whenever somebody wants to know.
 */
export class Durabilities {
  readonly #client: Client;
  readonly #target: Pick<Target, 'durability' | 'wait'>;
  #reports: readonly Report[] = [];

  constructor(client: Client, target: Pick<Target, 'durability' | 'wait'>) {
    this.#client = client;
    this.#target = target;
    const ask = () => {
      this.#ask().catch(() => {});
    };
    client.on('ready', ask);
    client.on('+node', (node: Pick<Redis, 'on'>) => node.on('ready', ask));
    let masters = '';
    client.on('refresh', () => {
      const now = mastersOf(client);
      if (now !== masters) ask();
      masters = now;
    });
  }

  /** Refuses a server that may not be asked where the URL does not say it either. */
  async open(): Promise<void> {
    await this.#ask();
    if (this.#known() === undefined) {
      throw new TracksideError(
        'INVALID_REQUEST',
        'storage: the Redis user may not ask whether the server keeps an append-only file (INFO, CONFIG GET); ' +
          'say it in the URL: ?durability=persisted or ?durability=volatile',
      );
    }
  }

  /** How appends become as safe as they shall be. */
  settling(waits: Waits | undefined): Settling {
    if (!waits) return () => async (partitions) => partitions.map(() => this.#level());
    return () => {
      const wait = waits.begin();
      return async (partitions) => {
        const reached = await wait(partitions);
        const level = this.#level();
        return reached.map(({ flushed, replicated }) => {
          if (!flushed) return 'volatile';
          return replicated && level === 'persisted' ? 'replicated' : level;
        });
      };
    };
  }

  /** As the servers say now; as they said last, where they can't be reached. */
  async describe(): Promise<Pick<BackendDescription, 'durability' | 'warnings'>> {
    await this.#ask().catch(() => {});
    const told = [...new Set(this.#reports.map(describeReport))].join('; ');
    const kept = told || `${this.#level()}, as the URL says`;
    const warnings = [...new Set(this.#reports.flatMap(warningsOf))];
    return { durability: `${kept}${this.#waiting()}`, ...(warnings.length > 0 && { warnings }) };
  }

  async #ask(): Promise<void> {
    const nodes = 'nodes' in this.#client ? this.#client.nodes('master') : [this.#client];
    const settled = await Promise.allSettled(nodes.map(reportOf));
    const reports = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    // A node of a cluster that is down says nothing; it is asked when it is back.
    if (reports.length === 0) throw errorOf((settled[0] as PromiseRejectedResult | undefined)?.reason);
    this.#reports = reports;
  }

  #level(): Durability {
    return this.#known() ?? 'volatile';
  }

  #known(): 'persisted' | 'volatile' | undefined {
    if (this.#reports.some(({ appendOnly }) => appendOnly === false)) return 'volatile';
    if (this.#reports.length > 0 && this.#reports.every(({ appendOnly }) => appendOnly)) return 'persisted';
    return this.#target.durability;
  }

  #waiting(): string {
    const { wait } = this.#target;
    if (!wait) return '';
    const awaited = [
      ...(wait.fsync ? ['the disk'] : []),
      ...(wait.replicas > 0 ? [`${wait.replicas} ${wait.replicas === 1 ? 'replica' : 'replicas'}`] : []),
    ];
    return `; appends wait up to ${wait.timeoutMs} ms for ${awaited.join(' and ')}`;
  }
}

function mastersOf(client: Client): string {
  if (!('nodes' in client)) return '';
  return client
    .nodes('master')
    .map(({ options: { host, port } }) => `${host}:${port}`)
    .sort()
    .join();
}

type Node = { call(command: string, args: string[]): Promise<unknown> };

async function reportOf(node: Node): Promise<Report> {
  const ask = async (command: string, ...args: string[]) => {
    try {
      return await node.call(command, args);
    } catch (error) {
      if (/NOPERM|unknown command/i.test(textOf(error))) return undefined;
      throw error;
    }
  };
  const setting = async (name: string) => {
    const answer = (await ask('config', 'get', name)) as readonly string[] | undefined;
    return answer?.[1];
  };
  const info = String((await ask('info')) ?? '');
  const field = (name: string) => new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1];
  const appendOnly = field('aof_enabled') ?? (await setting('appendonly'));
  const replicas = field('connected_slaves');
  return {
    appendOnly: appendOnly === undefined ? undefined : appendOnly === '1' || appendOnly === 'yes',
    fsync: await setting('appendfsync'),
    evictionPolicy: field('maxmemory_policy') ?? (await setting('maxmemory-policy')),
    replicas: replicas === undefined ? undefined : Number(replicas),
  };
}

function describeReport({ appendOnly, fsync, evictionPolicy, replicas }: Report): string {
  const kept =
    appendOnly === undefined
      ? 'append-only file: may not be asked'
      : appendOnly
        ? `append-only file, fsync ${fsync ?? 'may not be asked'}`
        : 'none: no append-only file';
  const eviction =
    evictionPolicy === undefined
      ? 'eviction: may not be asked'
      : evictionPolicy === 'noeviction'
        ? 'no eviction'
        : `eviction ${evictionPolicy}`;
  return `${kept}; ${eviction}; replicas: ${replicas ?? 'may not be asked'}`;
}

function warningsOf({ appendOnly, evictionPolicy }: Report): string[] {
  const warnings: string[] = [];
  if (appendOnly === false) warnings.push('the server keeps nothing on disk: set appendonly yes');
  if (evictionPolicy !== undefined && evictionPolicy !== 'noeviction') {
    warnings.push(
      `the server removes data when it is short of memory: set maxmemory-policy noeviction instead of ${evictionPolicy}`,
    );
  }
  return warnings;
}
