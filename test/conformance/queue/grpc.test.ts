import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { newStore } from '../../e2e/lock.js';
import { cleanUp, startSidecar } from '../../e2e/sidecar.js';
import * as locks from '../lock/validators.js';
import { locksOf } from './observations.js';
import { playWorkers } from './workers.js';

afterEach(cleanUp);

/** From the call that ends a holding to the next one's grant at another client, on a busy machine. */
const promptness = 2_000_000;

test.each(['memory', 'sqlite'] as const)(
  'keeps the promises of locks and queues over gRPC, on %s',
  async (engine) => {
    const sidecar = startSidecar({ storage: await newStore(engine) });
    const diary = await playWorkers({ sidecar }, async (diary) => {
      const end = performance.now() + 30_000;
      const isEnough = () => diary.count('granted') > 25 && diary.count('settled') > 50;
      while (!isEnough() && performance.now() < end) await sleep(20);
      expect(isEnough()).toBe(true);
    });
    locks.prompt(locksOf(diary.seen), promptness);
  },
  120_000,
);
