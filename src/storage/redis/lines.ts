import type { Micros } from '../ports/common.js';
import type { ExpireStep } from '../ports/lock.js';
import type { Notices } from './notices.js';
import type { PartitionRunner, Partitions } from './partitions.js';
import type { Argument, Script } from './script.js';

/**
 * Whose clock things run out by: the server's, which all sidecars have in common, or the caller's, which is for
 * tests.
 */
export type Clock = 'server' | 'caller';

/** Other sidecars' holdings run out too, of which this one may not have heard; so it looks that often. */
const lookAgain: Micros = 1_000_000;
/** How many things a script ends at a time. */
const maxEnds = 100;

/** What an operation was answered behind time and notices. */
type Reply<Answer extends readonly unknown[]> = readonly [now: number, notices: string | Buffer, ...Answer];

export interface LinesOptions {
  readonly dedupWindow: Micros;
  readonly clock: Clock;
}

/** Runs the scripts of locks and queues, and tells what happened by them. */
export class Lines {
  readonly notices: Notices;
  readonly partitions: number;
  readonly #runners: { readonly text: PartitionRunner; readonly bytes: PartitionRunner };
  readonly #options: LinesOptions;

  constructor(all: Partitions, notices: Notices, options: LinesOptions) {
    this.notices = notices;
    this.partitions = all.identity.partitions;
    this.#runners = { text: all.serve('lines', 'text'), bytes: all.serve('lines', 'bytes') };
    this.#options = options;
  }

  /** Every partition. */
  get all(): readonly number[] {
    return Array.from({ length: this.partitions }, (_, partition) => partition);
  }

  /** Runs an operation, once what is due before it is dealt with. */
  async run<Answer extends readonly unknown[]>(
    partition: number,
    script: Script,
    args: readonly Argument[],
    now: Micros,
    reply: 'text' | 'bytes' = 'text',
  ): Promise<Answer> {
    for (;;) {
      const [, answer] = await this.#run<Answer>(partition, script, args, now, reply);
      if (String(answer[0]) !== 'unsettled') return answer;
    }
  }

  /** Ends what has run out in all partitions, at most `limit` in each. */
  async expire(script: Script, limit: number, now: Micros): Promise<ExpireStep> {
    type Answer = readonly [more: number, next: string | number | null];
    const steps = await Promise.all(
      this.all.map((partition) =>
        this.#run<Answer>(partition, script, [Math.min(limit, maxEnds)], now, 'text'),
      ),
    );
    // By the caller's clock, which may differ from the server's.
    const ends = steps.flatMap(([at, [, next]]) => (next === null ? [] : [Number(next) - at + now]));
    if (this.#options.clock === 'server') ends.push(now + lookAgain);
    return {
      more: steps.some(([, [more]]) => more === 1),
      next: ends.length === 0 ? undefined : Math.min(...ends),
    };
  }

  async #run<Answer extends readonly unknown[]>(
    partition: number,
    script: Script,
    args: readonly Argument[],
    now: Micros,
    reply: 'text' | 'bytes',
  ): Promise<readonly [at: Micros, answer: Answer]> {
    const { command, sender } = this.notices;
    const { clock, dedupWindow } = this.#options;
    const time = clock === 'server' ? 0 : now;
    const channel = this.notices.channel(partition);
    const common = [time, partition, this.partitions, command, channel, sender, dedupWindow];
    const [at, notices, ...answer] = await this.#runners[reply].run<Reply<Answer>>(partition, script, [
      ...common,
      ...args,
    ]);
    this.notices.tell(partition, String(notices));
    return [at, answer as readonly unknown[] as Answer];
  }
}
