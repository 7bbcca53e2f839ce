import { TracksideError } from '../../errors.js';
import type { Durability } from '../ports/tracker.js';
import type { Client } from './client.js';
import { errorOf, textOf } from './errors.js';
import type { Target } from './location.js';

/** What a server says of how it keeps what it is given; undefined where it may not be asked. */
interface Report {
  readonly appendOnly: boolean | undefined;
  readonly fsync: string | undefined;
  readonly evictionPolicy: string | undefined;
  readonly replicas: number | undefined;
}

/** How safe the servers keep what they are given: what they say, else what the URL says. Asked at each connection. */
export class Durabilities {
  readonly #client: Client;
  readonly #said: Target['durability'];
  #reports: readonly Report[] = [];

  constructor(client: Client, said: Target['durability']) {
    this.#client = client;
    this.#said = said;
    for (const event of ['ready', '+node']) {
      client.on(event, () => {
        this.ask().catch(() => {});
      });
    }
  }

  /** Refuses a server that may not be asked where the URL does not say it either. */
  async open(): Promise<void> {
    await this.ask();
    if (this.#known() === undefined) {
      throw new TracksideError(
        'INVALID_REQUEST',
        'storage: the Redis user may not ask whether the server keeps an append-only file (INFO, CONFIG GET); ' +
          'say it in the URL: ?durability=persisted or ?durability=volatile',
      );
    }
  }

  async ask(): Promise<void> {
    const nodes = 'nodes' in this.#client ? this.#client.nodes('master') : [this.#client];
    const settled = await Promise.allSettled(nodes.map(reportOf));
    const reports = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    // A node of a cluster that is down says nothing; it is asked when it is back.
    if (reports.length === 0) throw errorOf((settled[0] as PromiseRejectedResult | undefined)?.reason);
    this.#reports = reports;
  }

  level(): Durability {
    return this.#known() ?? 'volatile';
  }

  describe(): string {
    const told = [...new Set(this.#reports.map(describeReport))].join('; ');
    return told || `${this.level()}, as the URL says`;
  }

  #known(): 'persisted' | 'volatile' | undefined {
    if (this.#reports.some(({ appendOnly }) => appendOnly === false)) return 'volatile';
    if (this.#reports.length > 0 && this.#reports.every(({ appendOnly }) => appendOnly)) return 'persisted';
    return this.#said;
  }
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
    appendOnly: appendOnly && (appendOnly === '1' || appendOnly === 'yes'),
    fsync: await setting('appendfsync'),
    evictionPolicy: field('maxmemory_policy') ?? (await setting('maxmemory-policy')),
    replicas: replicas === undefined ? undefined : Number(replicas),
  } as Report;
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
        : `data can be evicted (set maxmemory-policy noeviction instead of ${evictionPolicy})`;
  return `${kept}; ${eviction}; replicas: ${replicas ?? 'may not be asked'}`;
}
