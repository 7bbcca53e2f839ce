import { test } from '@jest/globals';
import fc from 'fast-check';
import { partitionOf } from '#src/storage/partition.js';
import { type Harness, withStore } from '../harness.js';
import { history } from '../history.js';
import { play } from '../play.js';
import { portsSubject } from '../ports-subject.js';

/** Declares that random histories come out as the model says. */
export function histories(harness: Harness, partitions: number): void {
  const numRuns = Number(process.env.TRACKSIDE_HISTORIES ?? (harness.reopens ? 25 : 150));
  test('does what the model does, in random histories', async () => {
    const property = fc.asyncProperty(history, (steps) =>
      withStore(harness, partitions, ({ store, reopen }) =>
        play(portsSubject(store, reopen), (id) => partitionOf(id, partitions), steps),
      ),
    );
    await fc.assert(property, {
      numRuns,
      verbose: 1,
      interruptAfterTimeLimit: 100_000,
      markInterruptAsFailure: true,
    });
  }, 120_000);
}
