import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Backend } from '#src/storage/ports/backend.js';
import type { AppendOutcome, Durability, TrackerStore } from '#src/storage/ports/tracker.js';
import { newClient } from '#src/storage/redis/client.js';
import { Connection } from '#src/storage/redis/connection.js';
import { parseLocation } from '#src/storage/redis/location.js';
import { Waits } from '#src/storage/redis/waits.js';
import { open as openUrl } from '#src/storage/registry.js';
import { newAppend } from '../conformance/ports-subject.js';
import { append, call, stored } from '../conformance/tools.js';
import { Tunnel, until } from '../faults/redis-site.js';
import { isInstalled, isThere, type Running, serverNamed, startThrowaway } from '../servers/servers.js';
import { connectionTo, inNamespace, newNamespace, stopShared } from './redis-tools.js';

const opened: AsyncDisposable[] = [];
/** Processes that are stopped, which can't be ended. */
const stopped = new Set<number>();
afterEach(async () => {
  for (const pid of stopped) process.kill(pid, 'SIGCONT');
  stopped.clear();
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});
afterAll(stopShared);

async function start(name: string, ...options: readonly string[]): Promise<Running> {
  const running = await startThrowaway(serverNamed(name), ...options);
  opened.push(running);
  return running;
}

async function open(url: string): Promise<Backend & { readonly tracker: TrackerStore }> {
  const backend = await openUrl(url, { partitions: undefined });
  opened.push(backend);
  return backend as Backend & { readonly tracker: TrackerStore };
}

function portsOf(url: string): readonly number[] {
  return [...url.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
}

async function ask(port: number, ...command: readonly string[]): Promise<string> {
  const { client } = await connectionTo(`redis://127.0.0.1:${port}`);
  const [name, ...args] = command;
  return String(await client.call(name!, args));
}

async function numberAt(port: number, section: string, name: string): Promise<number> {
  const info = await ask(port, 'info', section);
  return Number(new RegExp(`^${name}:(?:calls=)?(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}

function stop(pidFile: string): () => void {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  process.kill(pid, 'SIGSTOP');
  stopped.add(pid);
  return () => process.kill(pid, 'SIGCONT');
}

function replicaOptions(master: string): readonly string[] {
  return ['--replicaof', '127.0.0.1', `${portsOf(master)[0]}`];
}

async function isSynchronised(replica: Running): Promise<void> {
  const [port] = portsOf(replica.url);
  await until(async () => (await ask(port!, 'info', 'replication')).includes('master_link_status:up'));
  // Until it has begun its own file, what it has does not count as flushed.
  await until(async () => (await numberAt(port!, 'persistence', 'aof_rewrite_in_progress')) === 0);
}

async function replicaOf(name: string, master: string): Promise<Running> {
  const replica = await start(name, ...replicaOptions(master));
  await isSynchronised(replica);
  return replica;
}

async function timed<Result>(work: () => Promise<Result>): Promise<readonly [Result, ms: number]> {
  const began = performance.now();
  return [await work(), performance.now() - began];
}

/** One append to each of many conversations, in one call. */
function appendToMany(tracker: TrackerStore, id: string): Promise<readonly AppendOutcome[]> {
  return tracker.append(Array.from({ length: 64 }, (_, i) => newAppend(call(`c-${i}`, id))));
}

function levelsOf(outcomes: readonly AppendOutcome[]): ReadonlySet<Durability | undefined> {
  return new Set(outcomes.map((one) => ('result' in one ? one.result.durability : undefined)));
}

async function levelOf(tracker: TrackerStore, id: string): Promise<Durability> {
  const outcome = await append(tracker, call('c', id));
  return 'result' in outcome ? outcome.result.durability : 'volatile';
}

for (const name of ['redis', 'valkey']) {
  (isInstalled(serverNamed(name).program) ? describe : describe.skip)(
    `waiting for replicas of ${name}`,
    () => {
      let master: Running;
      let replica: Running;
      let url: string;
      beforeAll(async () => {
        master = await startThrowaway(serverNamed(name));
        replica = await startThrowaway(serverNamed(name), ...replicaOptions(master.url));
        await isSynchronised(replica);
      }, 60_000);
      beforeEach(() => {
        url = inNamespace(master.url, newNamespace());
      });
      afterAll(async () => {
        for (const one of [replica, master]) await one[Symbol.asyncDispose]();
      });

      test('tells how far an append got, and holds up nothing else', async () => {
        const { tracker, describe } = await open(`${url}&wait_replicas=1&wait_timeout=1500`);
        expect((await describe()).durability).toMatch(
          /^append-only file, .*; replicas: 1; appends wait up to 1500 ms for 1 replica$/,
        );
        expect(await levelOf(tracker, 'a')).toBe('replicated');

        const goOn = stop(join(replica.folder!, 'redis.pid'));
        const late = timed(() => stored(tracker, call('c', 'b')));
        await until(async () =>
          (await ask(portsOf(url)[0]!, 'info', 'clients')).includes('blocked_clients:1'),
        );
        const [, reading] = await timed(() => tracker.conversation('c'));
        expect(reading).toBeLessThan(500);
        const [{ durability }, writing] = await late;
        expect(durability).toBe('persisted');
        expect(writing).toBeGreaterThan(1_400);
        expect(writing).toBeLessThan(3_000);
        // What nothing was written by is not waited for.
        const [refused, judging] = await timed(() =>
          append(tracker, call('c', 'never', { expectation: 'no_events' })),
        );
        expect(refused.status).toBe('conflict');
        expect(judging).toBeLessThan(500);

        goOn();
        expect(await append(tracker, call('c', 'b'))).toMatchObject({
          status: 'repeated',
          result: { durability: 'replicated' },
        });
      }, 60_000);

      test('has one wait serve all that is appended together', async () => {
        const { tracker } = await open(`${url}&wait_replicas=1`);
        const waits = () => numberAt(portsOf(url)[0]!, 'commandstats', 'cmdstat_wait');
        const before = await waits();
        expect(levelsOf(await appendToMany(tracker, 'a'))).toEqual(new Set(['replicated']));
        expect((await waits()) - before).toBe(1);
      }, 60_000);

      test('means something for a repeat by a new connection too', async () => {
        const first = await open(`${url}&wait_replicas=1&wait_timeout=200`);
        stop(join(replica.folder!, 'redis.pid'));
        expect(await levelOf(first.tracker, 'a')).toBe('persisted');
        const writes = () => numberAt(portsOf(url)[0]!, 'commandstats', 'cmdstat_hset');
        const second = await open(`${url}&wait_replicas=1&wait_timeout=200`);
        const before = await writes();
        expect(await append(second.tracker, call('c', 'a'))).toMatchObject({
          status: 'repeated',
          result: { durability: 'persisted' },
        });
        expect((await writes()) - before).toBe(1);
      }, 60_000);

      test('answers what is stored, with no more than is known, where the connection ends meanwhile', async () => {
        const [port] = portsOf(url);
        const tunnel = await Tunnel.to(port!);
        opened.push(tunnel);
        const { tracker } = await open(
          `${inNamespace(tunnel.url, newNamespace())}&wait_replicas=1&wait_timeout=3000`,
        );
        stop(join(replica.folder!, 'redis.pid'));
        const late = timed(() => stored(tracker, call('c', 'a')));
        await until(async () => (await ask(port!, 'info', 'clients')).includes('blocked_clients:1'));
        tunnel.cut();
        const [{ durability }, ms] = await late;
        expect(durability).toBe('persisted');
        expect(ms).toBeLessThan(2_500);
      }, 60_000);

      test('takes nothing for granted that another connection wrote', async () => {
        const tunnel = await Tunnel.to(portsOf(url)[0]!);
        opened.push(tunnel);
        const connection = new Connection(
          await newClient(parseLocation('redis', tunnel.url.slice('redis:'.length))),
        );
        opened.push(connection);
        const waits = new Waits(connection.client, { replicas: 1, fsync: false, timeoutMs: 1_000 }, ['meta']);
        const write = () => connection.call('set', 'meta', '1');
        await write();
        const [same, other] = [waits.begin(), waits.begin()];
        await write();
        expect(await same([0])).toEqual([{ flushed: true, replicated: true }]);
        tunnel.cut();
        await until(async () => connection.client.status !== 'ready');
        await write();
        expect(await other([0])).toEqual([{ flushed: true, replicated: false }]);
      }, 60_000);

      test('is volatile on a server that keeps nothing on disk, wherever else it is', async () => {
        const { url } = await start(name, '--appendonly', 'no');
        await replicaOf(name, url);
        const { tracker } = await open(`${url}?wait_replicas=1`);
        expect(await levelOf(tracker, 'a')).toBe('volatile');
      }, 60_000);

      test('is refused to a user who may not', async () => {
        await ask(portsOf(url)[0]!, 'acl', 'setuser', 'bot', 'on', '>secret', '~*', '&*', '+@all', '-wait');
        const asBot = url.replace('//', '//bot:secret@');
        await expect(open(`${asBot}&wait_replicas=1`)).rejects.toThrow('the Redis user may not wait');
      }, 60_000);
    },
  );
}

const valkey = serverNamed('valkey');
(isInstalled(valkey.program) ? describe : describe.skip)('waiting for the disk', () => {
  test('tells whether master and replicas have flushed an append', async () => {
    const { url } = await start('valkey', '--appendfsync', 'no');
    const [port] = portsOf(url);
    const { tracker } = await open(`${url}?wait_fsync=yes&wait_timeout=500`);
    const [level, ms] = await timed(() => levelOf(tracker, 'a'));
    expect(level).toBe('volatile');
    expect(ms).toBeGreaterThan(490);
    await ask(port!, 'config', 'set', 'appendfsync', 'always');
    expect(await levelOf(tracker, 'a')).toBe('persisted');
    expect(await numberAt(port!, 'commandstats', 'cmdstat_waitaof')).toBe(['open', 'a', 'a'].length);

    const replica = await replicaOf('valkey', url);
    const both = await open(`${url}?wait_fsync=yes&wait_replicas=1&wait_timeout=3000`);
    expect((await both.describe()).durability).toContain(
      'appends wait up to 3000 ms for the disk and 1 replica',
    );
    expect(await levelOf(both.tracker, 'b')).toBe('replicated');
    await ask(portsOf(replica.url)[0]!, 'config', 'set', 'appendonly', 'no');
    expect(await levelOf(both.tracker, 'd')).toBe('persisted');
    // The server may change its mind.
    await ask(port!, 'config', 'set', 'appendonly', 'no');
    expect(await levelOf(both.tracker, 'e')).toBe('volatile');
  }, 60_000);

  test('is refused where there is no file', async () => {
    const { url } = await start('valkey', '--appendonly', 'no');
    await expect(open(`${url}?wait_fsync=yes`)).rejects.toThrow(
      '"wait_fsync" needs an append-only file; set appendonly yes on the server',
    );
  }, 60_000);
});

const redis = serverNamed('redis');
(isInstalled(redis.program) ? describe : describe.skip)('a server without WAITAOF', () => {
  test('is refused where the disk is to be waited for', async () => {
    const { url } = await start('redis');
    const [port] = portsOf(url);
    const isNew = (await ask(port!, 'command', 'info', 'waitaof')) !== '';
    const opening = open(`${url}?wait_fsync=yes`);
    if (isNew) await opening;
    else await expect(opening).rejects.toThrow('"wait_fsync" needs WAITAOF');
  }, 60_000);
});

const sentinel = serverNamed('redis-sentinel');
(isThere(sentinel) && !process.env[sentinel.variable] ? describe : describe.skip)('after a failover', () => {
  test('the new master is asked', async () => {
    const running = await start('redis-sentinel');
    const [ask0] = portsOf(running.url);
    const { tracker } = await open(`${running.url}?wait_replicas=1`);
    expect(await levelOf(tracker, 'a')).toBe('replicated');
    const replica = Number(/port,(\d+)/.exec(await ask(ask0!, 'sentinel', 'replicas', 'main'))![1]);
    await ask(replica, 'config', 'set', 'appendonly', 'no');
    await until(() =>
      ask(ask0!, 'sentinel', 'failover', 'main').then(
        () => true,
        () => false,
      ),
    );
    await until(async () =>
      (await ask(ask0!, 'sentinel', 'get-master-addr-by-name', 'main')).includes(`${replica}`),
    );
    await until(() =>
      levelOf(tracker, 'b').then(
        (level) => level === 'volatile',
        () => false,
      ),
    );
  }, 90_000);
});

const cluster = serverNamed('redis-cluster');
(isThere(cluster) && !process.env[cluster.variable] ? describe : describe.skip)('on a cluster', () => {
  test('each server is waited for once, and tells of its own partitions', async () => {
    const running = await start('redis-cluster');
    const ports = portsOf(running.url);
    const { tracker } = await open(`${running.url}?wait_replicas=1&wait_timeout=1500`);
    const waits = async () => {
      const counts = await Promise.all(ports.map((port) => numberAt(port, 'commandstats', 'cmdstat_wait')));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    await appendToMany(tracker, 'first');
    const before = await waits();
    expect(levelsOf(await appendToMany(tracker, 'a'))).toEqual(new Set(['replicated']));
    expect((await waits()) - before).toBe(3);

    const roles = await Promise.all(ports.map((port) => ask(port, 'info', 'replication')));
    const replica = ports.find((_, i) => roles[i]!.startsWith('# Replication\r\nrole:slave'))!;
    await ask(replica, 'config', 'set', 'appendonly', 'no');
    const goOn = stop(join(running.folder!, `${replica}`, 'redis.pid'));
    const [mixed, ms] = await timed(() => appendToMany(tracker, 'b'));
    expect(levelsOf(mixed)).toEqual(new Set(['replicated', 'persisted']));
    expect(ms).toBeLessThan(2_900);
    goOn();

    // One that keeps nothing on disk becomes a master.
    await until(async () => {
      // It is refused as long as the link is not back.
      await ask(replica, 'cluster', 'failover').catch(() => {});
      return (await ask(replica, 'info', 'replication')).includes('role:master');
    });
    let round = 0;
    await until(async () => {
      round += 1;
      return levelsOf(await appendToMany(tracker, `after-${round}`)).has('volatile');
    });
  }, 90_000);
});
