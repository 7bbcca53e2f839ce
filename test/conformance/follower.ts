import { setTimeout as sleep } from 'node:timers/promises';
import type { TrackerClient } from '@trackside/client';
import { reasonOf } from '../e2e/failure.js';
import { shownOf } from './grpc-subject.js';
import type { Erased, SeenEvent } from './observations.js';
import type { Site } from './writer.js';

/** A subscriber that resumes from the cursor of the last item it got, whatever that was. */
export class Follower {
  /** What it was shown, a list for each subscription. */
  readonly runs: SeenEvent[][] = [];
  readonly batches: (readonly SeenEvent[])[] = [];
  readonly erased: Erased[] = [];
  readonly #types: readonly string[];
  #cursor: string | undefined;

  constructor(types: readonly string[], cursor?: string) {
    this.#types = types;
    this.#cursor = cursor;
  }

  get events(): readonly SeenEvent[] {
    return this.runs.flat();
  }

  /** Whether its filter matches an event. */
  wants({ type }: SeenEvent): boolean {
    return this.#types.length === 0 || this.#types.includes(type);
  }

  /** Follows, over any number of processes, until told to stop. */
  async follow(site: Site, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const { tracker } = await site.sidecar;
      try {
        await this.#subscribe(tracker, stopped, () => false);
      } catch (error) {
        const { reason, message } = reasonOf(error);
        const isExpected = reason === 'SHUTTING_DOWN' || (site.storeFails && reason === 'STORE_UNAVAILABLE');
        if (reason !== undefined && !isExpected) throw new Error(message);
        await sleep(5);
      }
    }
  }

  /** Reads on to the log's end. */
  async finish(tracker: TrackerClient): Promise<void> {
    await this.#subscribe(tracker, AbortSignal.timeout(60_000), (kind) => kind === 'caughtUp');
  }

  async #subscribe(
    tracker: TrackerClient,
    signal: AbortSignal,
    isLast: (kind: string | undefined) => boolean,
  ): Promise<void> {
    const run: SeenEvent[] = [];
    this.runs.push(run);
    const cursor = this.#cursor;
    const request = {
      filter: { types: [...this.#types] },
      start:
        cursor === undefined
          ? ({ case: 'beginning', value: {} } as const)
          : ({ case: 'cursor', value: cursor } as const),
      maxBatchSize: 10,
      heartbeatInterval: { nanos: 100_000_000 },
    };
    for await (const { item } of tracker.subscribeEvents(request, { signal })) {
      if (item.case === undefined || item.case === 'discontinuity') {
        throw new Error(`Resumable: a stream ended with ${item.case} ${item.value?.reason}`);
      }
      const shown = shownOf(item);
      if (shown?.kind === 'events') {
        run.push(...shown.events);
        this.batches.push(shown.events);
      } else if (shown) {
        this.erased.push(shown);
      }
      this.#cursor = item.value.cursor;
      if (isLast(item.case)) return;
    }
  }
}
