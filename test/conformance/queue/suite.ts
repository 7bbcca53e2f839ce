import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import type { Backend } from '#src/storage/ports/backend.js';
import { type Harness, withBackend } from '../harness.js';
import { playHistory } from '../lock/play.js';
import { runsOn } from '../lock/suite.js';
import { mixedHistory } from './histories.js';
import { judgeStore } from './judge.js';
import { QueuePlayer } from './play.js';
import { dedupWindow, queueTests } from './queue.js';

/** A dedup window that passes in a history. */
const shortWindow = 40;

/** Declares the promises of the queues on a backend, through its ports. */
export function runQueueConformance(harness: Harness): void {
  const runs = runsOn(harness);
  const storesOf = ({ lock, queue }: Backend) => ({ lock: lock!, queue: queue! });
  describe(`${harness.name}, queues`, () => {
    queueTests((behaviour, body) => {
      test(behaviour, () =>
        withBackend(
          harness,
          ({ backend, reopen }) =>
            body({ ...storesOf(backend), reopen: async () => storesOf(await reopen()) }),
          { dedupWindow },
        ),
      );
    });

    const play = fc.asyncProperty(mixedHistory, (steps) =>
      withBackend(
        harness,
        async (opened) => {
          judgeStore(await playHistory(new QueuePlayer(opened, shortWindow), steps), shortWindow);
        },
        { dedupWindow: shortWindow },
      ),
    );
    const timeout = runs.interruptAfterTimeLimit + 20_000;
    test(
      'do what the model does, with locks beside them, in random histories',
      () => fc.assert(play, runs),
      timeout,
    );
  });
}
