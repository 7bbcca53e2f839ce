import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, test } from '@jest/globals';
import { cleanUp } from '../e2e/sidecar.js';
import { isThere, type Running, serverNamed, startThrowaway } from '../servers/servers.js';
import { bear, loadEnv } from './redis-load.js';
import { cli, pidOf, RedisSite, until } from './redis-site.js';

/** Each is a failover, and its way back, which takes seconds. */
const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 3);

let running: Running | undefined;
afterEach(async () => {
  await cleanUp();
  await running?.[Symbol.asyncDispose]();
  running = undefined;
});

const sentinels = serverNamed('redis-sentinel');
(isThere(sentinels) && !process.env[sentinels.variable] ? test : test.skip)(
  'two sidecars on a Redis with sentinels keep every promise though masters hang, die, and come back as replicas',
  async () => {
    running = await startThrowaway(sentinels, ...durable);
    const group = await Group.of(running);
    const writing = await RedisSite.open(running.url, loadEnv);
    await writing.sidecar;
    const following = await RedisSite.open(running.url, loadEnv);
    const faults = [() => group.hang(), () => group.replace(), () => group.kill()];
    await bear(`${rounds} failovers`, [writing, following], async (stopped) => {
      for (let round = 0; round < rounds && !stopped(); round++) {
        await sleep(500);
        await faults[round % faults.length]!();
      }
    });
  },
  120_000 + rounds * 30_000,
);

/** How long the sentinels may take, who pause for 30 s where their machine is too busy. */
const patienceMs = 60_000;

const durable = ['--appendfsync', 'always'];

/** A master, its replica and their sentinels. What the master acknowledged, the replica has before it takes its place. */
class Group {
  readonly #folder: string;
  readonly #sentinels: readonly number[];

  static async of(running: Running): Promise<Group> {
    const group = new Group(running);
    // On a busy machine they would replace a master that is only slow, by one that has not got its data yet.
    const patient = ['down-after-milliseconds', 600_000, 'failover-timeout', 60_000];
    for (const port of group.#sentinels) await cli(port, 'sentinel', 'set', 'main', ...patient);
    return group;
  }

  private constructor({ url, folder }: Running) {
    this.#folder = folder!;
    this.#sentinels = [...url.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  }

  /** The master hangs, is replaced, and goes on where it was. */
  async hang(): Promise<void> {
    const master = await this.#quiesce();
    const pid = pidOf(this.#folder, master);
    process.kill(pid, 'SIGSTOP');
    try {
      await this.#replace(master);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await this.#demote(master);
  }

  /** The master dies, is replaced, and is started again. */
  async kill(): Promise<void> {
    const master = await this.#quiesce();
    process.kill(pidOf(this.#folder, master), 'SIGKILL');
    await this.#replace(master);
    const folder = join(this.#folder, `${master}`);
    const files = ['--pidfile', join(folder, 'redis.pid'), '--logfile', join(folder, 'redis.log')];
    const options = ['--port', `${master}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...files];
    spawn('redis-server', [...options, '--appendonly', 'yes', ...durable, '--daemonize', 'yes']);
    await this.#demote(master);
  }

  /** The master is replaced while it works. */
  async replace(): Promise<void> {
    const master = await this.#quiesce();
    await this.#replace(master);
    await this.#demote(master);
  }

  /** Has the master take no more writes, and waits until the replica has them all. */
  async #quiesce(): Promise<number> {
    const master = await this.#masterBy(this.#sentinels[0]!);
    // A wait counts from what its connection did before.
    const script = `{ echo client pause 600000 write; echo wait 1 20000; } | redis-cli -p ${master}`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script]);
    if (stdout !== 'OK\n1\n') throw new Error(`the replica is behind: ${stdout}`);
    return master;
  }

  /**
   * Makes a master that was replaced a replica, as the sentinels do, who take ten seconds for it. What it was asked for
   * meanwhile it refuses then.
   */
  async #demote(master: number): Promise<void> {
    const successor = await this.#masterBy(this.#sentinels[0]!);
    await until(() => follows(master, successor), patienceMs);
    await cli(master, 'client', 'unpause');
    await until(
      async () => (await cli(master, 'info', 'replication')).includes('master_link_status:up'),
      patienceMs,
    );
  }

  async #masterBy(sentinel: number): Promise<number> {
    return Number((await cli(sentinel, 'sentinel', 'get-master-addr-by-name', 'main')).split('\n')[1]);
  }

  /** Has the sentinels replace the master, and waits until all of them know. */
  async #replace(master: number): Promise<void> {
    await until(
      async () => (await cli(this.#sentinels[0]!, 'sentinel', 'failover', 'main')) === 'OK',
      patienceMs,
    );
    await until(async () => {
      const known = await Promise.all(this.#sentinels.map((sentinel) => this.#masterBy(sentinel)));
      return known.every((port) => port !== master);
    }, patienceMs);
  }
}

/** Makes a server a replica; false where it does not answer yet. */
function follows(replica: number, master: number): Promise<boolean> {
  return cli(replica, 'replicaof', '127.0.0.1', master).then(
    (answer) => answer.startsWith('OK'),
    () => false,
  );
}
