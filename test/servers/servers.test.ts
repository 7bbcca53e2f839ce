import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { isThere, lacking, leftOut, servers, start } from './servers.js';

test('the servers that must be there are there', () => {
  expect(lacking()).toEqual([]);
});

test('a server that is neither installed nor given is named', () => {
  const bare = { PATH: '/nowhere', TRACKSIDE_TEST_REQUIRE: 'redis,unknown' };
  const line =
    'left out: redis (no redis-server found; test/servers/redis.sh install, or TRACKSIDE_TEST_REDIS_URL=…)';
  expect(leftOut(bare)).toContain(line);
  expect(leftOut(bare)).toHaveLength(servers.length);
  expect(lacking(bare)).toEqual(['redis', 'unknown']);
  const given = { ...bare, TRACKSIDE_TEST_REDIS_URL: 'redis://127.0.0.1:1' };
  expect(leftOut(given)).not.toContain(line);
  expect(lacking(given)).toEqual(['unknown']);
});

const startable = servers.filter((server) => isThere(server) && !process.env[server.variable]);
for (const server of startable) {
  test(`a throwaway ${server.name} listens on loopback until it is disposed of`, async () => {
    const running = await start(server);
    const ports = [...running.url.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
    expect(ports).not.toEqual([]);
    const open = Promise.all(ports.map(accepts));
    await expect(open).resolves.toEqual(ports.map(() => true));
    await running[Symbol.asyncDispose]();
    const stillOpen = Promise.all(ports.map(accepts));
    await expect(stillOpen).resolves.toEqual(ports.map(() => false));
  }, 60_000);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
