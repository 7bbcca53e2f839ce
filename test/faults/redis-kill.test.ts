import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Follower } from '../conformance/follower.js';
import type { Attempt, SeenEvent } from '../conformance/observations.js';
import { judge, judgeFollower, readAll } from '../conformance/verdict.js';
import { write } from '../conformance/writer.js';
import { cleanUp } from '../e2e/sidecar.js';
import { isInstalled, isThere, serverNamed, startThrowaway } from '../servers/servers.js';
import { RedisServer, RedisSite, Tunnel, until } from './redis-site.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 12);
/** Each moves slots and exchanges a master, which takes seconds. */
const clusterRounds = Math.ceil(rounds / 6);
const writers = 4;

const cluster = serverNamed('redis-cluster');

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of disposables.splice(0).reverse()) await one[Symbol.asyncDispose]();
  await cleanUp();
});

(isInstalled('redis-server') ? describe : describe.skip)('two sidecars on one Redis', () => {
  test(
    'keep and deliver what was acknowledged, once and in order, whatever is killed or cut at random moments',
    async () => {
      const server = await RedisServer.start();
      disposables.push(server);
      const tunnel = await Tunnel.to(server.port);
      disposables.push(tunnel);
      const writing = await RedisSite.open(`redis://127.0.0.1:${tunnel.port}`);
      const following = await RedisSite.open(`redis://127.0.0.1:${server.port}`);
      const faults = [
        () => writing.kill(),
        () => following.kill(),
        () => server.restart(),
        async () => tunnel.cut(),
      ];

      const { attempts, followers } = await play(writing, following, async (stopped) => {
        for (let round = 0; round < rounds && !stopped(); round++) {
          await sleep(Math.random() ** 2 * 700);
          await faults[round % faults.length]!();
        }
      });

      const { tracker } = await following.sidecar;
      const stored = await readAll(tracker);
      const newcomer = new Follower([]);
      for (const follower of [...followers, newcomer]) await follower.finish(tracker);
      judgeAll(attempts, stored, [...followers, newcomer]);
      report('killed and cut', attempts, stored);
      expect(attempts.some(({ result }) => !result)).toBe(true);
      expect(attempts.some(({ repeated }) => repeated)).toBe(true);
    },
    60_000 + rounds * 10_000,
  );

  (isThere(cluster) && !process.env[cluster.variable] ? test : test.skip)(
    'lose nothing on a cluster whose slots move and whose masters change places',
    async () => {
      const running = await startThrowaway(cluster);
      disposables.push(running);
      const [, port] = /127\.0\.0\.1:(\d+)/.exec(running.url)!;
      const site = () => RedisSite.open(running.url);
      const [writing, following] = [await site(), await site()];

      const { attempts, followers } = await play(writing, following, async (stopped) => {
        for (let round = 0; round < clusterRounds && !stopped(); round++) {
          await sleep(500);
          await moveSlots(Number(port));
          await sleep(500);
          await changePlaces(Number(port), round);
        }
      });

      const { tracker } = await following.sidecar;
      const stored = await readAll(tracker);
      for (const follower of followers) await follower.finish(tracker);
      judgeAll(attempts, stored, followers);
      report('moved', attempts, stored);
    },
    120_000 + clusterRounds * 20_000,
  );
});

interface Node {
  readonly id: string;
  readonly port: number;
  readonly master: string | undefined;
  readonly slots: number;
}

async function cli(...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)('redis-cli', args)).stdout;
}

async function nodesOf(port: number): Promise<readonly Node[]> {
  const lines = (await cli('-p', `${port}`, 'cluster', 'nodes')).trim().split('\n');
  return lines.map((line) => {
    const [id, address, , master] = line.split(' ') as [string, string, string, string];
    return {
      id,
      port: Number(/:(\d+)@/.exec(address)![1]),
      master: master === '-' ? undefined : master,
      slots: line
        .split(' ')
        .slice(8)
        .reduce((sum, range) => sum + sizeOf(range), 0),
    };
  });
}

/** The size of a range of slots such as `0-5460`. */
function sizeOf(range: string): number {
  const [first, last = first] = range.split('-').map(Number) as [number, number?];
  return last - first + 1;
}

/** Moves slots from the master that has most to the one that has fewest, with what is in them. */
async function moveSlots(port: number): Promise<void> {
  const address = `127.0.0.1:${port}`;
  // After an exchange the nodes need a moment to agree.
  await until(
    () =>
      cli('--cluster', 'check', address).then(
        () => true,
        () => false,
      ),
    30_000,
  );
  const masters = (await nodesOf(port)).filter(({ master }) => master === undefined);
  const [fewest, , most] = masters.toSorted((a, b) => a.slots - b.slots) as [Node, Node, Node];
  const options = ['--cluster-from', most.id, '--cluster-to', fewest.id, '--cluster-slots', '2500'];
  await cli('--cluster', 'reshard', address, ...options, '--cluster-yes');
}

/** Has a replica take its master's place. */
async function changePlaces(port: number, round: number): Promise<void> {
  const nodes = await nodesOf(port);
  const replica = nodes.filter(({ master }) => master !== undefined)[round % 3]!;
  await cli('-p', `${replica.port}`, 'cluster', 'failover');
  await until(async () =>
    (await nodesOf(replica.port)).some(({ id, master }) => id === replica.id && !master),
  );
}

function judgeAll(
  attempts: readonly Attempt[],
  stored: readonly SeenEvent[],
  followers: readonly Follower[],
): void {
  expect(stored.length).toBeGreaterThan(0);
  judge(attempts, stored);
  for (const follower of followers) judgeFollower(follower, stored);
}

/** Writes by one sidecar, follows by both, while something bad is done. */
async function play(
  writing: RedisSite,
  following: RedisSite,
  harm: (stopped: () => boolean) => Promise<void>,
): Promise<{ attempts: readonly Attempt[]; followers: readonly Follower[] }> {
  const stop = new AbortController();
  const stopped = () => stop.signal.aborted;
  const followers = [new Follower([]), new Follower(['user'])] as const;
  const working = [followers[0].follow(following, stop.signal), followers[1].follow(writing, stop.signal)];
  const attempts = Array.from({ length: writers }, (_, i) => write(writing, `writer-${i}`, stopped));
  const harming = harm(stopped);
  const all = [harming, ...attempts, ...working];
  // Whatever fails ends all of it, and nothing is left running.
  await Promise.race([harming, Promise.all([...attempts, ...working])]).finally(async () => {
    stop.abort();
    await Promise.allSettled(all);
  });
  await Promise.all(all);
  return { attempts: (await Promise.all(attempts)).flat(), followers };
}

function report(what: string, attempts: readonly Attempt[], stored: readonly SeenEvent[]): void {
  const failed = attempts.filter(({ result }) => !result).length;
  const repeated = attempts.filter(({ repeated }) => repeated).length;
  process.stderr.write(
    `redis, ${what}: ${attempts.length} tries, ${failed} of them cut off, ` +
      `${repeated} repeats of a stored one, ${stored.length} events stored\n`,
  );
}
