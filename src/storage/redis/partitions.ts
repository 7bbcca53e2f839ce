import { type Identity, identify, markOf } from './identity.js';
import { partitionKeys, type Service } from './layout.js';
import type { Argument, Runner, Script } from './script.js';

/** The store's partitions. Each is marked with the store it belongs to, and each script compares the mark. */
export class Partitions {
  readonly namespace: string;
  readonly #runner: Runner;
  #identity: Identity;

  constructor(runner: Runner, namespace: string, identity: Identity) {
    this.#runner = runner;
    this.namespace = namespace;
    this.#identity = identity;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** What a service runs its scripts with; by a connection of its own, if it has one. */
  serve(service: Service, reply: 'text' | 'bytes', runner = this.#runner): PartitionRunner {
    const keysOf = Array.from({ length: this.#identity.partitions }, (_, partition) =>
      partitionKeys(this.namespace, partition, service),
    );
    return {
      run: async <Answer>(
        partition: number,
        script: Script,
        args: readonly Argument[],
        more: readonly string[] = [],
      ) => {
        const keys = more.length > 0 ? [...keysOf[partition]!, ...more] : keysOf[partition]!;
        return (await this.#run(runner, script, keys, args, reply)) as Answer;
      },
    };
  }

  async #run(
    runner: Runner,
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    reply: 'text' | 'bytes',
  ): Promise<unknown> {
    const run = () => runner.run(script, keys, [markOf(this.#identity), ...args], reply);
    try {
      return await run();
    } catch (error) {
      if (!isOtherStore(error)) throw error;
      await this.#join(keys[0]!);
      return await run();
    }
  }

  /** Marks a partition that is new, or whose server was emptied or restored, as the store's that is there now. */
  async #join(meta: string): Promise<void> {
    this.#identity = await identify(this.#runner, this.namespace, this.#identity.partitions);
    await this.#runner.call('hset', meta, 'store', markOf(this.#identity));
  }
}

/** Runs scripts on a service's keys of a partition, and more keys of that partition. */
export interface PartitionRunner {
  run<Answer>(
    partition: number,
    script: Script,
    args: readonly Argument[],
    more?: readonly string[],
  ): Promise<Answer>;
}

function isOtherStore(error: unknown): boolean {
  return String((error as { cause?: { message?: unknown } })?.cause?.message).startsWith('TRACKSIDE_STORE');
}
