import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { type Harness, withBackend } from '../harness.js';
import { cacheTests } from './cache.js';
import { cacheHistory, playCache, playRecords, recordHistory } from './histories.js';
import { recordTests } from './record.js';
import * as validate from './validators.js';

/** Declares the promises of the cache and the records on a backend, through its ports. */
export function runKeyedConformance(harness: Harness): void {
  const runs = {
    numRuns: Number(process.env.TRACKSIDE_HISTORIES ?? (harness.reopens ? 25 : 300)),
    verbose: 1 as const,
    interruptAfterTimeLimit: 20_000,
    markInterruptAsFailure: true,
  };
  describe(`${harness.name}, cache`, () => {
    cacheTests((behaviour, body) => {
      test(behaviour, () => withBackend(harness, ({ backend }) => body(backend.cache!)));
    });
    test('does what the model does, in random histories', async () => {
      const property = fc.asyncProperty(cacheHistory, (steps) =>
        withBackend(harness, async ({ backend }) => {
          const seen = await playCache(backend.cache!, steps);
          validate.expiring(seen);
          validate.conditionalWrites(seen);
          validate.inOrder(seen);
          validate.carriedOutOnce(seen);
        }),
      );
      await fc.assert(property, runs);
    }, 60_000);
  });
  describe(`${harness.name}, records`, () => {
    recordTests((behaviour, body) => {
      test(behaviour, () =>
        withBackend(harness, ({ backend, reopen }) =>
          body(backend.record!, async () => (await reopen()).record!),
        ),
      );
    });
    test('do what the model does, in random histories', async () => {
      const property = fc.asyncProperty(recordHistory, (steps) =>
        withBackend(harness, async ({ backend, reopen }) => {
          const seen = await playRecords(backend.record!, async () => (await reopen()).record!, steps);
          validate.conditionalWrites([], seen);
          validate.inOrder([], seen);
          validate.carriedOutOnce([], seen);
          validate.versioned(seen);
          validate.listed(seen);
        }),
      );
      await fc.assert(property, runs);
    }, 60_000);
  });
}
