import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, test } from '@jest/globals';
import { cleanUp } from '../e2e/sidecar.js';
import { isInstalled } from '../servers/servers.js';
import { bear, loadEnv } from './redis-load.js';
import { cli, RedisServer, RedisSite, Tunnel } from './redis-site.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 8);

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of disposables.splice(0).reverse()) await one[Symbol.asyncDispose]();
  await cleanUp();
});

/** After how long a server may be told to end a script, in milliseconds. */
const busyMs = 100;

async function open() {
  const server = await RedisServer.start('--busy-reply-threshold', `${busyMs}`);
  disposables.push(server);
  const tunnel = await Tunnel.to(server.port);
  disposables.push(tunnel);
  const writing = await RedisSite.open(tunnel.url, loadEnv);
  // One makes the store, the other finds it.
  await writing.sidecar;
  return { server, tunnel, writing, following: await RedisSite.open(server.url, loadEnv) };
}

/** Does one after the other, at random moments. */
async function inTurn(faults: readonly (() => Promise<void>)[], stopped: () => boolean): Promise<void> {
  for (let round = 0; round < rounds && !stopped(); round++) {
    await sleep(Math.random() ** 2 * 700);
    await faults[round % faults.length]!();
  }
}

/** Has the server take nothing more for a while. */
async function fill({ port }: RedisServer): Promise<void> {
  await cli(port, 'config', 'set', 'maxmemory', 1);
  await sleep(Math.random() * 300);
  await cli(port, 'config', 'set', 'maxmemory', 0);
}

/** Has another user's script hold the server up, until it is killed. */
async function stall({ port }: RedisServer): Promise<void> {
  const stalling = cli(port, 'eval', 'while true do end', 0);
  await sleep(busyMs + Math.random() * 200);
  for (let killed = ''; killed !== 'OK'; ) killed = await cli(port, 'script', 'kill');
  await stalling;
}

(isInstalled('redis-server') ? describe : describe.skip)(
  'two sidecars on one Redis keep every promise',
  () => {
    test(
      'though sidecars and server are killed and connections cut at random moments',
      async () => {
        const { server, tunnel, writing, following } = await open();
        const faults = [
          () => writing.kill(),
          () => server.restart(),
          () => following.kill(),
          async () => tunnel.cut(),
        ];
        await bear(`${rounds} times killed or cut`, [writing, following], (stopped) =>
          inTurn(faults, stopped),
        );
      },
      60_000 + rounds * 10_000,
    );

    test(
      'though the server has no memory left at random moments',
      async () => {
        const { server, writing, following } = await open();
        await bear(`${rounds} times full`, [writing, following], (stopped) =>
          inTurn([() => fill(server)], stopped),
        );
      },
      60_000 + rounds * 10_000,
    );

    test(
      'though scripts are forgotten, killed, and held up by others',
      async () => {
        const { server, writing, following } = await open();
        const faults = [() => stall(server), async () => void (await cli(server.port, 'script', 'flush'))];
        await bear(`${rounds} times without scripts`, [writing, following], (stopped) =>
          inTurn(faults, stopped),
        );
      },
      60_000 + rounds * 10_000,
    );
  },
);
