import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, test } from '@jest/globals';
import { connectionTo, stopShared } from '../backends/redis-tools.js';
import { cleanUp } from '../e2e/sidecar.js';
import { isThere, type Running, serverNamed, startThrowaway } from '../servers/servers.js';
import { bear, loadEnv, partitions } from './redis-load.js';
import { RedisSite, until } from './redis-site.js';

/** Each moves the store's slots and exchanges a master, which takes seconds. */
const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 2);

const nodeTimeoutMs = 10_000;
/**
 * A node is not elected twice within four times the timeout. Within twice the timeout it even believes that it is, by its
 * old votes, and loses what it takes until the others tell it: https://github.com/redis/redis/issues/8752.
 */
const betweenElectionsMs = 4 * nodeTimeoutMs + 1_000;

let running: Running | undefined;
afterEach(async () => {
  await stopShared();
  await cleanUp();
  await running?.[Symbol.asyncDispose]();
  running = undefined;
});

const cluster = serverNamed('redis-cluster');
(isThere(cluster) && !process.env[cluster.variable] ? test : test.skip)(
  'two sidecars on one Redis Cluster keep every promise though slots move and masters change places',
  async () => {
    // With less, on a busy machine, nodes would replace a master that is only slow, by one that has not got all its data yet.
    const options = ['--appendfsync', 'always', '--cluster-node-timeout', `${nodeTimeoutMs}`];
    running = await startThrowaway(cluster, ...options);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(running.url)![1]);
    const writing = await RedisSite.open(running.url, loadEnv);
    await writing.sidecar;
    const following = await RedisSite.open(running.url, loadEnv);
    const elections = new Map<number, number>();
    await bear(`${rounds} times moved`, [writing, following], async (stopped) => {
      for (let round = 0; round < rounds && !stopped(); round++) {
        await sleep(300);
        // The store's own keys and those of each partition.
        for (const tag of ['trackside', ...partitionTags]) await moveSlot(port, tag);
        await sleep(300);
        await changePlaces(port, elections);
      }
    });
  },
  120_000 + rounds * 30_000,
);

const partitionTags = Array.from({ length: partitions }, (_, partition) => `trackside:${partition}`);

/** What a node answers. */
async function ask(port: number, command: string, ...args: readonly (string | number)[]): Promise<unknown> {
  return (await connectionTo(`redis://127.0.0.1:${port}`)).client.call(command, [...args]);
}

interface Node {
  readonly id: string;
  readonly port: number;
  readonly master: string | undefined;
  /** Its slots, as ranges. */
  readonly slots: readonly (readonly [first: number, last: number])[];
}

async function nodesOf(port: number): Promise<readonly Node[]> {
  const lines = String(await ask(port, 'cluster', 'nodes'))
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [id, address, , master, , , , , ...slots] = line.split(' ') as [string, string, string, string];
    return {
      id,
      port: Number(/:(\d+)@/.exec(address)![1]),
      master: master === '-' ? undefined : master,
      slots: slots.filter((range) => /^\d/.test(range)).map(rangeOf),
    };
  });
}

/** A range of slots such as `0-5460`. */
function rangeOf(text: string): readonly [number, number] {
  const [first, last = first] = text.split('-').map(Number) as [number, number?];
  return [first, last];
}

/** Moves the slot of a hash tag from its master to another, one key after the other. */
async function moveSlot(port: number, tag: string): Promise<void> {
  const slot = Number(await ask(port, 'cluster', 'keyslot', `{${tag}}`));
  // One that was replaced may not know it yet, but has no slots.
  const masters = (await nodesOf(port)).filter(({ slots }) => slots.length > 0);
  const from = masters.find(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last))!;
  const others = masters.filter((node) => node !== from);
  const to = others[Math.floor(Math.random() * others.length)]!;
  const setSlot = async (node: Node, ...state: readonly string[]) => {
    await ask(node.port, 'cluster', 'setslot', slot, ...state);
  };
  await setSlot(to, 'importing', from.id);
  await setSlot(from, 'migrating', to.id);
  for (;;) {
    const [key] = (await ask(from.port, 'cluster', 'getkeysinslot', slot, 1)) as string[];
    if (key === undefined) break;
    await ask(from.port, 'migrate', '127.0.0.1', to.port, key, 0, 5_000);
    await sleep(Math.random() * 20);
  }
  for (const node of [to, from, ...others.filter((node) => node !== to)]) await setSlot(node, 'node', to.id);
}

/** Has a replica take its master's place, the one whose election is longest ago. */
async function changePlaces(port: number, elections: Map<number, number>): Promise<void> {
  for (;;) {
    const replicas = (await nodesOf(port)).filter(({ master }) => master !== undefined);
    const last = (node: Node) => elections.get(node.port) ?? Number.NEGATIVE_INFINITY;
    const replica = replicas.reduce((first, other) => (last(other) < last(first) ? other : first));
    await sleep(Math.max(0, last(replica) + betweenElectionsMs - performance.now()));
    elections.set(replica.port, performance.now());
    await ask(replica.port, 'cluster', 'failover').catch(() => {});
    const isMaster = async () =>
      (await nodesOf(port)).some(({ id, master }) => id === replica.id && master === undefined);
    // The nodes give up an exchange that takes longer than 5 s.
    const hasChanged = await until(isMaster, 6_000).then(
      () => true,
      () => false,
    );
    if (hasChanged) return;
  }
}
