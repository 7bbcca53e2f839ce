import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import type { Backend, OpenOptions } from '#src/storage/ports/backend.js';
import { partitionKeys } from '#src/storage/redis/layout.js';
import { open as openUrl } from '#src/storage/registry.js';
import { newAppend } from '../conformance/ports-subject.js';
import { know, news } from '../conformance/promises/known.js';
import {
  append,
  call,
  deletion,
  erase,
  eventsOf,
  fill,
  Reader,
  scrubAll,
  stored,
  text,
} from '../conformance/tools.js';
import { isInstalled, type Running, serverNamed, startThrowaway } from '../servers/servers.js';
import { connectionTo, inNamespace, stopShared } from './redis-tools.js';

const server = serverNamed('redis');
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});
afterAll(stopShared);

async function start(...options: readonly string[]): Promise<Running> {
  const running = await startThrowaway(server, ...options);
  opened.push(running);
  return running;
}

async function open(url: string, options: Partial<OpenOptions> = {}): Promise<Backend> {
  const backend = await openUrl(url, { partitions: undefined, ...options });
  opened.push(backend);
  return backend;
}

async function closedPort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

(isInstalled(server.program) ? describe : describe.skip)('redis', () => {
  test('makes a store of 16 partitions and refuses to serve it with another number', async () => {
    const { url } = await start();
    const backend = await open(url);
    expect(backend.tracker!.partitions).toBe(16);
    await expect(open(url, { partitions: 3 })).rejects.toThrow(
      'has 16 partitions, which is fixed when a store is made; ask for 16, or for none, instead of 3',
    );
    expect((await open(url, { partitions: 16 })).tracker!.storeId).toBe(backend.tracker!.storeId);
  });

  test('keeps namespaces apart on one server, also where one is the beginning of another', async () => {
    const { url } = await start();
    const [a, ab] = [await open(inNamespace(url, 'a')), await open(inNamespace(url, 'ab'))];
    await stored(a.tracker!, call('c', 'a'));
    await a.cache!.write(
      [{ kind: 'set', key: 'k', value: '1', condition: 'any', expireTime: undefined, request: undefined }],
      1,
    );
    expect(await eventsOf(ab.tracker!, 'c')).toEqual([]);
    expect(await ab.tracker!.listConversations('', '', 10)).toEqual([]);
    expect((await ab.cache!.keys({ pattern: '*', after: '', limit: 10 }, 1)).keys).toEqual([]);
    expect(ab.tracker!.storeId).not.toBe(a.tracker!.storeId);
  });

  test('tells how durable it is, by what the server says', async () => {
    const kept = await open((await start('--appendfsync', 'always')).url);
    const { durability, warnings } = await kept.describe();
    expect(durability).toBe('append-only file, fsync always; no eviction; replicas: 0');
    expect(warnings).toBeUndefined();
    const lost = await open((await start('--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru')).url);
    expect(await lost.describe()).toMatchObject({
      durability: 'none: no append-only file; eviction allkeys-lru; replicas: 0',
      warnings: [expect.stringContaining('appendonly yes'), expect.stringContaining('noeviction')],
    });
    expect((await stored(lost.tracker!, call('c', 'a'))).durability).toBe('volatile');
    expect((await stored(kept.tracker!, call('c', 'a'))).durability).toBe('persisted');
  });

  test('works for a user who may not ask, where the URL says how durable the server is', async () => {
    const { url } = await start();
    const { client } = await connectionTo(url);
    const keys = ['~{trackside:*', '~{trackside}*', '&{trackside}:hints'];
    const rights = ['on', '>secret', ...keys, '+@all', '-@dangerous', '-info', '-config'];
    await client.call('acl', ['setuser', 'bot', ...rights]);
    const asBot = url.replace('//', '//bot:secret@');
    await expect(open(asBot)).rejects.toThrow('say it in the URL: ?durability=persisted');
    const backend = await open(`${asBot}?durability=persisted`);
    const heard = new Promise<number>((resolve) => {
      void backend.tracker!.onAppend!(resolve).then((listening) => opened.push(listening));
    });
    expect((await stored(backend.tracker!, call('c', 'a'))).durability).toBe('persisted');
    await (await open(`${asBot}?durability=persisted`)).record!.write(
      [{ kind: 'append', key: 'l', items: ['1'], request: undefined }],
      1,
    );
    await heard;
    expect(await backend.describe()).toMatchObject({ location: expect.not.stringContaining('secret') });
    const began = Date.now();
    await expect(open(url.replace('//', '//bot:wrong@'))).rejects.toThrow('refuses the user or password');
    expect(Date.now() - began).toBeLessThan(5_000);
  }, 30_000);

  test('serves a database by its number, over a socket too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trackside-redis-'));
    const path = join(folder, 's');
    const { url } = await start('--unixsocket', path);
    const [zero, one, socket] = [await open(url), await open(`${url}/1`), await open(`unix://${path}`)];
    await stored(zero.tracker!, call('c', 'a'));
    expect(await eventsOf(one.tracker!, 'c')).toEqual([]);
    expect(await eventsOf(socket.tracker!, 'c')).toHaveLength(1);
    await rm(folder, { recursive: true });
  });

  test('speaks TLS, with a certificate of its own where the server asks for one', async () => {
    const folder = await certificates();
    const path = (name: string) => join(folder, name);
    const { url } = await start(
      ...['--tls-port', '0', '--tls-ca-cert-file', path('ca.pem'), '--tls-cert-file', path('server.pem')],
      ...['--tls-key-file', path('server.key')],
    );
    const { client } = await connectionTo(url);
    const port = await closedPort();
    await client.call('config', ['set', 'tls-port', `${port}`]);
    const base = `rediss://127.0.0.1:${port}?ca=${path('ca.pem')}`;
    const backend = await open(`${base}&cert=${path('client.pem')}&key=${path('client.key')}`);
    await stored(backend.tracker!, call('c', 'a'));
    await expect(open(base)).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    await expect(open(`${base}&cert=${path('nothing.pem')}`)).rejects.toThrow('nothing.pem');
    await rm(folder, { recursive: true });
  }, 40_000);

  test('refuses what there is no memory for, and writes nothing of it', async () => {
    const { url } = await start('--maxmemory', '20mb');
    const { tracker } = await open(url, { partitions: 1 });
    const large = { events: [text('x'.repeat(500_000)), text('y'.repeat(300_000))] };
    const kept: string[] = [];
    let refusal: unknown;
    for (let i = 0; i < 100 && !refusal; i++) {
      await append(tracker!, call('c', `a-${i}`, large)).then(
        () => kept.push(`a-${i}`),
        (error: unknown) => {
          refusal = error;
        },
      );
    }
    expect(refusal).toMatchObject({ reason: 'STORE_FULL' });
    const seen = await eventsOf(tracker!, 'c');
    expect(seen.map(({ appendId }) => appendId)).toEqual(kept.flatMap((id) => [id, id]));
    expect((await new Reader(tracker!, 0).finish()).entries).toHaveLength(kept.length);
    // What is erased makes room, though an erasure writes too, and not even a small append is taken.
    const { client } = await connectionTo(url);
    await client.call('config', ['set', 'maxmemory', '2mb']);
    await expect(append(tracker!, call('c', 'small'))).rejects.toMatchObject({ reason: 'STORE_FULL' });
    expect(await erase(tracker!, 'c', deletion)).toMatchObject({ status: 'erased' });
    await scrubAll(tracker!);
    await client.call('config', ['set', 'maxmemory', '20mb']);
    await stored(tracker!, call('d', 'again', large));
  }, 60_000);

  test('goes on when the server forgets the scripts', async () => {
    const { url } = await start();
    const { tracker } = await open(url);
    await fill(tracker!, 'c', 2);
    const { client } = await connectionTo(url);
    await client.call('script', ['flush']);
    await stored(tracker!, call('c', 'next'));
    expect(await eventsOf(tracker!, 'c')).toHaveLength(3);
  });

  test('is another store when the server was emptied', async () => {
    const { url } = await start();
    const [first, second] = [(await open(url)).tracker!, (await open(url)).tracker!];
    await fill(first, 'c', 2);
    const { storeId } = first;
    const { client } = await connectionTo(url);
    await client.call('flushall', []);
    await stored(first, call('c', 'after'));
    const { partition } = (await second.conversation('c'))!;
    expect(first.storeId).not.toBe(storeId);
    expect(second.storeId).toBe(first.storeId);
    expect((await new Reader(second, partition).finish()).entries).toHaveLength(1);
  });

  test('has readers begin anew that know of a server since emptied, though the same was written again', async () => {
    const { url } = await start();
    const [first, second] = [(await open(url)).tracker!, (await open(url)).tracker!];
    await fill(first, 'c', 2);
    const known = await know(second, 'c');
    const { client } = await connectionTo(url);
    await client.call('flushall', []);
    await fill(first, 'c', 2);
    expect(await news(second, 'c', known)).toEqual(['all', 1, 2]);
    expect(await news(second, 'c', await know(second, 'c'))).toEqual([]);
  });

  test('has readers go on only from what was read since a head tells of erasures', async () => {
    const { url } = await start();
    const tracker = (await open(url, { partitions: 1 })).tracker!;
    await fill(tracker, 'c', 2);
    const { client } = await connectionTo(url);
    const [, , , heads] = partitionKeys('trackside', 0, 'tracker');
    /** Writes the head as a version does that knows no more of it. */
    const forget = async () => {
      const head = String(await client.call('hget', [heads!, 'c']));
      await client.call('hset', [heads!, 'c', head.split(' ').slice(0, 11).join(' ')]);
    };
    const known = await know(tracker, 'c');
    await forget();
    expect(await news(tracker, 'c', known)).toEqual([]);
    await erase(tracker, 'c', { kind: 'redact', sequences: [1] });
    await forget();
    expect(await news(tracker, 'c', known)).toEqual(['all', 2]);
    await stored(tracker, call('c', 'next'));
    const later = await know(tracker, 'c');
    await stored(tracker, call('c', 'last'));
    expect(await news(tracker, 'c', known)).toEqual(['all', 2, 3, 4]);
    expect(await news(tracker, 'c', later)).toEqual([4]);
  });

  test('waits no longer than its limit for a server that hangs, and goes on when it answers', async () => {
    const running = await start();
    const { tracker } = await open(running.url);
    await fill(tracker!, 'c', 1);
    const pid = Number(await readFile(join(running.folder!, 'redis.pid'), 'utf8'));
    process.kill(pid, 'SIGSTOP');
    const began = Date.now();
    await expect(append(tracker!, call('c', 'x'))).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    expect(Date.now() - began).toBeLessThan(8_000);
    process.kill(pid, 'SIGCONT');
    // What was sent to it is carried out when it goes on, or was lost with the connection; once, in any case.
    expect((await insist(() => append(tracker!, call('c', 'x')))).status).toMatch(/stored|repeated/);
    expect(await eventsOf(tracker!, 'c')).toHaveLength(2);
  }, 40_000);

  test('leaves a server that has become a replica', async () => {
    const { url } = await start();
    const { tracker } = await open(url);
    await fill(tracker!, 'c', 1);
    const { client } = await connectionTo(url);
    await client.call('replicaof', ['127.0.0.1', `${await closedPort()}`]);
    await expect(append(tracker!, call('c', 'x'))).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    await client.call('replicaof', ['no', 'one']);
    await stored(tracker!, call('c', 'x'));
  });

  test('keeps an event of 1 KiB, with its place in the feed, in 1.6 KiB', async () => {
    const { url } = await start();
    const { tracker } = await open(url);
    const { client } = await connectionTo(url);
    const used = async () =>
      Number(/used_memory:(\d+)/.exec(String(await client.call('info', ['memory'])))![1]);
    const before = await used();
    const [conversations, turns] = [500, 20];
    const uuid = (n: number) => `f47ac10b-58cc-4372-a567-${String(n).padStart(12, '0')}`;
    for (let turn = 0; turn < turns; turn++) {
      await tracker!.append(
        Array.from({ length: conversations }, (_, i) => ({
          ...newAppend(call(uuid(i), uuid(1_000 * turn + i), { events: [kibibyte] })),
          digest: 'x'.repeat(22),
        })),
      );
    }
    // Buffers of connections and of the append-only file go by and by.
    await sleep(2_000);
    const each = ((await used()) - before) / (conversations * turns);
    expect(each).toBeLessThan(1.6 * 1024);
  }, 60_000);
});

const kibibyte = { ...text(''), data: JSON.stringify({ text: 'x'.repeat(1_024 - 11) }) };

/** Tries until it is done. */
async function insist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch {
      await sleep(100);
    }
  }
}

async function certificates(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trackside-tls-'));
  const openssl = (...args: readonly string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca');
  await writeFile(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  for (const name of ['server', 'client']) {
    await openssl(
      'req',
      ...newKey.slice(0, 3),
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    );
    await openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-out', `${name}.pem`, '-days', '2', '-extfile', 'san'],
    );
  }
  return folder;
}
