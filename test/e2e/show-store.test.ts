import { afterEach, describe, expect, test } from '@jest/globals';
import { Durability } from '#gen/trackside/v1/event_pb.js';
import { connectionTo, stopShared } from '../backends/redis-tools.js';
import { appendRequest } from '../conformance/grpc-subject.js';
import { call } from '../conformance/tools.js';
import { isInstalled, type Running, serverNamed, startThrowaway } from '../servers/servers.js';
import { endCommands, objects, runCommand } from './cli.js';
import { cleanUp, startSidecar, temporaryFolder } from './sidecar.js';

const servers: Running[] = [];
afterEach(async () => {
  endCommands();
  await cleanUp();
  await stopShared();
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

describe('trackside show store', () => {
  test('prints each store with its services', async () => {
    const path = `${await temporaryFolder()}/a.db`;
    const { address } = await startSidecar({ storage: `sqlite:${path}` });
    const { code, stdout } = await runCommand(address, 'show', 'store');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'services    tracker, record, lock, queue',
      'engine      sqlite',
      `location    ${path}`,
      'durability  each commit flushed to disk (WAL, synchronous=FULL)',
      '',
      'services    cache',
      'engine      memory',
      'location    this process',
      'durability  none: gone with the process',
      '',
    ]);
    expect(objects((await runCommand(address, 'show', 'store', '--json')).stdout)).toEqual([
      expect.objectContaining({ engine: 'sqlite', services: ['tracker', 'record', 'lock', 'queue'] }),
      expect.objectContaining({ engine: 'memory', warnings: [] }),
    ]);
  });

  const redis = serverNamed('redis');
  (isInstalled(redis.program) ? test : test.skip)(
    'prints what a Redis says now, and the start what it said then',
    async () => {
      const server = await startThrowaway(redis, '--appendonly', 'no');
      servers.push(server);
      const sidecar = await startSidecar({ storage: `${server.url}?wait_replicas=1&wait_timeout=100` });
      const { tracker, address, lines } = sidecar;
      const durability = async (id: string) =>
        (await tracker.appendEvents(appendRequest(call('c', id)))).durability;
      expect(await durability('a')).toBe(Durability.VOLATILE);
      expect(lines[1]).toContain('the server keeps nothing on disk: set appendonly yes');
      expect(JSON.parse(lines[1]!)).toMatchObject({ level: 'warn', engine: 'redis' });
      expect(lines).toHaveLength(2);
      const { stdout } = await runCommand(address, 'show', 'store');
      expect(stdout).toMatch(
        /^durability {2}none: no append-only file; no eviction; replicas: 0; appends wait /m,
      );
      expect(stdout).toMatch(/^warning {5}the server keeps nothing on disk/m);

      const { client } = await connectionTo(server.url);
      await client.call('config', ['set', 'appendonly', 'yes']);
      const replica = await startThrowaway(redis, '--replicaof', '127.0.0.1', new URL(server.url).port);
      servers.push(replica);
      await client.call('wait', ['1', '10000']);
      const { stdout: later } = await runCommand(address, 'show', 'store');
      expect(later).toMatch(
        /^durability {2}append-only file, fsync everysec; no eviction; replicas: 1; appends wait up to 100 ms for 1 replica$/m,
      );
      expect(later).not.toContain('warning');
      // The replica is still reading what it was sent: it may take a while until it says so in time.
      let level = Durability.UNSPECIFIED;
      for (let i = 0; level !== Durability.REPLICATED && i < 100; i += 1) level = await durability(`b${i}`);
      expect(level).toBe(Durability.REPLICATED);
    },
    60_000,
  );
});
