/** How long it is gone by what was heard before all partitions are asked again. */
const freshMs = 1_000;
/** Of how many queues is known where they have messages. */
const maxQueues = 10_000;

interface Hope {
  readonly partitions: Set<number>;
  /** When all were asked last. */
  asked: number;
  /** What was heard last, by number. */
  heard: number;
}

/**
 * Where there may be claimable messages of queues: a hint, by what scripts and notices told. It saves asking all
 * partitions where some have enough; that there is nothing, only all of them can say.
 */
export class Hopes {
  readonly #all: readonly number[];
  readonly #byQueue = new Map<string, Hope>();
  #heard = 0;

  constructor(all: readonly number[]) {
    this.#all = all;
  }

  /** The partitions to ask first. */
  likely(queueId: string): readonly number[] {
    const hope = this.#byQueue.get(queueId);
    if (!hope || hope.partitions.size === 0 || hope.asked < Date.now() - freshMs) return this.#all;
    return [...hope.partitions];
  }

  /** Begins to ask; `learn` takes what this returns. */
  ask(): number {
    return this.#heard;
  }

  /** Hears that a partition has messages. */
  hear(queueId: string, partition: number): void {
    const hope = this.#byQueue.get(queueId);
    if (!hope) return;
    this.#heard += 1;
    hope.heard = this.#heard;
    hope.partitions.add(partition);
  }

  /** Learns which of the partitions that were asked have messages. */
  learn(queueId: string, asked: readonly number[], found: ReadonlySet<number>, begun: number): void {
    const hope = this.#byQueue.get(queueId) ?? { partitions: new Set(), asked: 0, heard: 0 };
    this.#byQueue.delete(queueId);
    this.#byQueue.set(queueId, hope);
    if (this.#byQueue.size > maxQueues) this.#byQueue.delete(this.#byQueue.keys().next().value!);
    if (asked.length === this.#all.length) hope.asked = Date.now();
    for (const partition of asked) {
      if (found.has(partition)) hope.partitions.add(partition);
      else if (hope.heard <= begun) hope.partitions.delete(partition);
    }
  }

  /** Forgets all, and tells of which queues something was known. */
  forget(): readonly string[] {
    const known = [...this.#byQueue.keys()];
    this.#byQueue.clear();
    return known;
  }
}
