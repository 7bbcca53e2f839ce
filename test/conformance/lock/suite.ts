import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { type Harness, withBackend } from '../harness.js';
import { locksOf } from '../queue/observations.js';
import { lockHistory } from './histories.js';
import { judgeLocks } from './judge.js';
import { lockTests } from './lock.js';
import { LockPlayer, playHistory } from './play.js';

/** How many histories are played, and how long that may take on a busy machine, as SQLite flushes each step. */
export function runsOn({ reopens }: Harness) {
  const numRuns = Number(process.env.TRACKSIDE_HISTORIES ?? (reopens ? 12 : 100));
  const interruptAfterTimeLimit = 20_000 + numRuns * (reopens ? 3_000 : 500);
  return { numRuns, interruptAfterTimeLimit, markInterruptAsFailure: true };
}

/** Declares the promises of the locks on a backend, through its ports. */
export function runLockConformance(harness: Harness): void {
  const runs = runsOn(harness);
  describe(`${harness.name}, locks`, () => {
    lockTests((behaviour, body) => {
      test(behaviour, () =>
        withBackend(harness, ({ backend, reopen }) =>
          body(backend.lock!, async () => (await reopen()).lock!),
        ),
      );
    }, harness);

    const play = fc.asyncProperty(lockHistory, (steps) =>
      withBackend(harness, async (opened) => {
        judgeLocks(locksOf(await playHistory(new LockPlayer(opened), steps)));
      }),
    );
    const timeout = runs.interruptAfterTimeLimit + 20_000;
    test('do what the model does, in random histories', () => fc.assert(play, runs), timeout);
  });
}
