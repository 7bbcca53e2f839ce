import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { cleanUp, type NotServing, startSidecar } from '../e2e/sidecar.js';
import { freePort } from './redis-site.js';

/** The sidecar's limit, and what processes take to start and stop on a busy machine. */
const withinMs = 10_000 + 15_000;

const silent: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  await cleanUp();
  for (const socket of sockets) socket.destroy();
  for (const server of silent.splice(0)) server.close();
});

/** The port of a server that takes connections and never answers. */
async function silentPort(): Promise<number> {
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  silent.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const urls = {
  'a server': (first: number, _: number) => `redis://127.0.0.1:${first}`,
  'all sentinels': (first: number, second: number) =>
    `redis+sentinel://127.0.0.1:${first},127.0.0.1:${second}/main`,
  'all nodes of a cluster': (first: number, second: number) =>
    `redis+cluster://127.0.0.1:${first},127.0.0.1:${second}`,
};
const states = { down: freePort, silent: silentPort };
const cases = (['a server', 'all sentinels', 'all nodes of a cluster'] as const).flatMap((what) => [
  [what, 'down'] as const,
  [what, 'silent'] as const,
]);

test('the sidecar ends within its limit and says why where nothing answers at the start', async () => {
  await Promise.all(cases.map(([what, state]) => assertEnds(what, state)));
}, 60_000);

async function assertEnds(what: keyof typeof urls, state: keyof typeof states): Promise<void> {
  const [first, second] = [await states[state](), await states[state]()];
  const began = Date.now();
  const ending = startSidecar({ storage: urls[what](first, second) });
  const { exit, output } = await ending.then(
    () => Promise.reject(new Error(`it serves, though ${what} is ${state}`)),
    (error: NotServing) => error,
  );
  expect(exit.code).toBe(1);
  expect(output).toMatch(/storage: the Redis server (cannot be reached|did not answer in time): /);
  expect(output).toContain(`127.0.0.1:${first}`);
  expect(Date.now() - began).toBeLessThan(withinMs);
}
