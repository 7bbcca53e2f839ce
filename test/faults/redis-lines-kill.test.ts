import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { inNamespace, newNamespace, removeNamespace, shared, stopShared } from '../backends/redis-tools.js';
import { env } from '../conformance/queue/hold.js';
import { playWorkers } from '../conformance/queue/workers.js';
import { cleanUp, type Sidecar, startSidecar, temporaryFolder } from '../e2e/sidecar.js';
import { isThere, serverNamed } from '../servers/servers.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 15);

afterEach(cleanUp);
afterAll(stopShared);

/** Several sidecars on one store, of which each call goes to another. */
class Sidecars {
  readonly #start: (i: number) => Promise<Sidecar>;
  readonly #all: Promise<Sidecar>[];
  #calls = 0;

  constructor(count: number, start: (i: number) => Promise<Sidecar>) {
    this.#start = start;
    this.#all = Array.from({ length: count }, (_, i) => start(i));
  }

  get sidecar(): Promise<Sidecar> {
    this.#calls += 1;
    return this.#all[this.#calls % this.#all.length]!;
  }

  /** Kills one and starts another in its place. */
  async kill(i: number): Promise<void> {
    const ending = this.#all[i]!;
    this.#all[i] = (async () => {
      const sidecar = await ending;
      await sidecar.end('SIGKILL');
      sidecar.connection.close();
      return this.#start(i);
    })();
    await this.#all[i];
  }
}

(isThere(serverNamed('redis')) ? test : test.skip)(
  'keep the promises of locks and queues on Redis, though sidecars are killed at random moments',
  async () => {
    const { url } = await shared('redis');
    const namespace = newNamespace();
    const folder = await temporaryFolder();
    const storage = inNamespace(url, namespace);
    const settings = { ...env, TRACKSIDE_TRACKER_PARTITIONS: '1' };
    const sidecars = new Sidecars(2, (i) =>
      startSidecar({ listen: `unix:${folder}/${i}.sock`, storage, env: settings }),
    );
    const { seen } = await playWorkers(sidecars, async () => {
      await sidecars.sidecar;
      for (let round = 0; round < rounds; round++) {
        await sleep(100 + Math.random() ** 2 * 700);
        await sidecars.kill(round % 2);
      }
    });
    const count = (what: string) => seen.filter((one) => one.what === what).length;
    process.stderr.write(
      `kill -9, on Redis: ${rounds} rounds, ${count('pushed')} messages, ${count('delivered')} deliveries, ` +
        `${count('granted')} grants\n`,
    );
    expect(count('delivered')).toBeGreaterThan(count('pushed'));
    expect(count('granted')).toBeGreaterThan(rounds);
    await cleanUp();
    await removeNamespace(url, namespace);
  },
  120_000 + rounds * 10_000,
);
