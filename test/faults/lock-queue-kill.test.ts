import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { env } from '../conformance/queue/hold.js';
import { playWorkers } from '../conformance/queue/workers.js';
import { cleanUp } from '../e2e/sidecar.js';
import { Site } from './site.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 25);

afterEach(cleanUp);

test(
  'keeps the promises of locks and queues, though killed at random moments',
  async () => {
    const site = await Site.open(env);
    const diary = await playWorkers(site, async () => {
      for (let round = 0; round < rounds; round++) {
        await site.sidecar;
        await sleep(100 + Math.random() ** 2 * 700);
        await site.restart('SIGKILL');
      }
    });
    process.stderr.write(
      `kill -9: ${rounds} rounds, ${diary.count('pushed')} messages, ${diary.count('delivered')} deliveries, ` +
        `${diary.count('granted')} grants\n`,
    );
    expect(diary.count('settled')).toBeGreaterThan(0);
    expect(diary.count('granted')).toBeGreaterThan(0);
  },
  120_000 + rounds * 10_000,
);
