import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { Follower } from '../conformance/follower.js';
import { judge, judgeFollower, readAll } from '../conformance/verdict.js';
import { write } from '../conformance/writer.js';
import { cleanUp } from '../e2e/sidecar.js';
import { Site } from './site.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 25);
/** So many rounds go on one store; then all is judged. */
const roundsPerStore = 25;
const writers = 8;

afterEach(cleanUp);

test(
  'keeps and delivers what it acknowledged, once and in order, though killed at random moments',
  async () => {
    const total = { rounds: 0, tries: 0, failed: 0, repeated: 0, events: 0 };
    while (total.rounds < rounds) {
      const count = Math.min(roundsPerStore, rounds - total.rounds);
      const { attempts, stored } = await runRounds(count);
      total.rounds += count;
      total.tries += attempts.length;
      total.failed += attempts.filter(({ result }) => !result).length;
      total.repeated += attempts.filter(({ repeated }) => repeated).length;
      total.events += stored.length;
      const { tries, failed, repeated, events } = total;
      process.stderr.write(
        `kill -9: ${total.rounds} of ${rounds} rounds, ${tries} tries, ${failed} of them cut off, ` +
          `${repeated} repeats of a stored one, ${events} events stored\n`,
      );
      expect(stored.length).toBeGreaterThan(0);
    }
    // Without tries that were cut off, some of them behind their commit, nothing was tested.
    expect(total.failed).toBeGreaterThan(0);
    expect(total.repeated).toBeGreaterThan(0);
  },
  60_000 + rounds * 10_000,
);

async function runRounds(count: number) {
  const site = await Site.open();
  const followers = [new Follower([]), new Follower(['user'])] as const;
  const stop = new AbortController();
  const writing = Array.from({ length: writers }, (_, i) =>
    write(site, `writer-${i}`, () => stop.signal.aborted),
  );
  const following = followers.map((follower) => follower.follow(site, stop.signal));
  const killing = killAtRandom(site, count, stop.signal);
  const all = [killing, ...writing, ...following];
  // Whatever fails ends all of it, and nothing is left running.
  await Promise.race([killing, Promise.all([...writing, ...following])]).finally(async () => {
    stop.abort();
    await Promise.allSettled(all);
  });
  await Promise.all(all);
  const attempts = (await Promise.all(writing)).flat();
  const { tracker } = await site.sidecar;
  const stored = await readAll(tracker);
  const newcomer = new Follower([]);
  for (const follower of [...followers, newcomer]) await follower.finish(tracker);
  judge(attempts, stored);
  for (const follower of [...followers, newcomer]) judgeFollower(follower, stored);
  await cleanUp();
  return { attempts, stored };
}

async function killAtRandom(site: Site, count: number, stop: AbortSignal): Promise<void> {
  for (let round = 0; round < count && !stop.aborted; round++) {
    await site.sidecar;
    await sleep(Math.random() ** 2 * 700);
    await site.restart('SIGKILL');
  }
}
