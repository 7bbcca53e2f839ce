import { describe, test } from '@jest/globals';
import type { Backend, OpenOptions } from '#src/storage/ports/backend.js';
import type { TrackerStore } from '#src/storage/ports/tracker.js';

/** Joins a backend to the suite. */
export interface Harness {
  readonly name: string;
  /** The stores that the backend has: no more, no fewer. */
  readonly offers: readonly ('tracker' | 'cache' | 'record' | 'lock' | 'queue')[];
  /** What an append is answered with. */
  readonly durability: 'persisted' | 'volatile';
  /** Whether what was stored is there when the backend is opened again. */
  readonly reopens: boolean;
  /** Whether it takes a retention. */
  readonly expires: boolean;
  /** Why it can't run here, if so. */
  readonly skip?: string;
  open(options: OpenOptions): Promise<Opened>;
}

/** A backend on data of its own. */
export interface Opened {
  readonly backend: Backend;
  /** Closes it and opens the same data again. */
  reopen(): Promise<Backend>;
  /** Closes it and removes its data. */
  destroy(): Promise<void>;
}

/** What a conformance test is given: a new, empty store. */
export interface Given {
  readonly store: TrackerStore;
  /** The same data opened again; the store itself where the backend can't do that. */
  reopen(): Promise<TrackerStore>;
  readonly harness: Harness;
}

/** The store as it is, then the same data opened again. */
export async function* nowAndReopened({ store, reopen }: Given): AsyncGenerator<TrackerStore, void, void> {
  yield store;
  yield reopen();
}

/** Declares a test on a new store. */
export type Declare = (behaviour: string, body: (given: Given) => Promise<void>) => void;

/** Declares a group of tests on a harness with a number of partitions. */
export function declare(harness: Harness, partitions: number, group: (it: Declare) => void): void {
  const name = `${harness.name}, ${partitions === 1 ? '1 partition' : `${partitions} partitions`}`;
  if (harness.skip) {
    test.skip(`${name}: ${harness.skip}`, () => {});
    return;
  }
  describe(name, () => {
    group((behaviour, body) => {
      test(behaviour, () => withStore(harness, partitions, body));
    });
  });
}

/** Runs a body on a new store and removes it. */
export async function withStore(
  harness: Harness,
  partitions: number,
  body: (given: Given) => Promise<void>,
): Promise<void> {
  await withBackend(
    harness,
    async ({ backend, reopen }) =>
      body({ store: backend.tracker!, reopen: async () => (await reopen()).tracker!, harness }),
    { partitions },
  );
}

/** Runs a body on a new backend and removes it. It is reopened as itself where the engine can't do that. */
export async function withBackend(
  harness: Harness,
  body: (opened: Pick<Opened, 'backend' | 'reopen'>) => Promise<void>,
  options: Partial<OpenOptions> = {},
): Promise<void> {
  const opened = await harness.open({ partitions: 1, ...options });
  try {
    await body(opened);
  } finally {
    await opened.destroy();
  }
}
