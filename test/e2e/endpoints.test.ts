import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { connectionTo, shared, stopShared } from '../backends/redis-tools.js';
import { isThere, serverNamed } from '../servers/servers.js';
import { addRows, dialogue, rasaDatabase } from './rasa.js';
import { cleanUp, NotServing, type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

jest.setTimeout(120_000);

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await stopShared();
  await cleanUp();
});

/** A sidecar with an endpoints file, and with no storage of its own. */
function serveWith(endpoints: string, env: Readonly<Record<string, string>> = {}): Promise<Sidecar> {
  const path = join(folder, 'endpoints.yml');
  writeFileSync(path, endpoints);
  return startSidecar({ storage: '', env: { TRACKSIDE_ENDPOINTS: path, ...env } });
}

/** The messages of the sidecar's log. */
const messages = ({ lines }: Sidecar) => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);

const append = ({ tracker }: Sidecar) =>
  tracker.appendEvents({ conversationId: 'alice', events: [{ type: 'x', data: '{}' }] });

describe('trackside serve --endpoints', () => {
  test("keeps conversations beside Rasa's SQLite file, which stays as it is", async () => {
    const rasa = join(folder, 'bot.db');
    const database = rasaDatabase(rasa);
    addRows(database, 'alice', dialogue(1));
    database.close();
    const sum = () => createHash('sha256').update(readFileSync(rasa)).digest('hex');
    const before = sum();
    const endpoints = `tracker_store:\n  type: SQL\n  db: \u0024{FOLDER}/bot.db\n`;
    const sidecar = await serveWith(endpoints, { FOLDER: folder });
    expect(messages(sidecar).join('\n')).toContain(
      `conversations are kept in sqlite:${rasa}.trackside; what Rasa stored stays where it is`,
    );
    expect(messages(sidecar).join('\n')).toContain('lock_store');
    await append(sidecar);
    await sidecar.end('SIGTERM');
    const again = await serveWith(endpoints, { FOLDER: folder });
    expect((await again.tracker.listEvents({ conversationId: 'alice' })).events).toHaveLength(1);
    expect(sum()).toBe(before);
  });

  test("does not start with the bot's own file", async () => {
    const endpoints = 'tracker_store: {type: trackside.rasa.TrackerStore, url: "127.0.0.1:7420"}\n';
    const error = await serveWith(endpoints).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(NotServing);
    const { exit, output } = error as NotServing;
    expect(exit.code).toBe(2);
    expect(output).toContain("trackside.rasa.TrackerStore is the bot's way to a sidecar");
  });
});

const onRedis = isThere(serverNamed('redis')) ? test : test.skip;

onRedis("keeps conversations and locks in Rasa's databases of Redis, beside Rasa's keys", async () => {
  const { url } = await shared('redis');
  const { hostname, port } = new URL(url);
  const [seven, eight] = [await connectionTo(`${url}/7`), await connectionTo(`${url}/8`)];
  for (const connection of [seven, eight]) await connection.call('flushdb');
  await seven.call('acl', 'setuser', 'bot', 'reset', 'on', '>p@ss w:rd', '~*', '&*', '+@all');
  await seven.call('set', 'shop:tracker:alice', '{"events": []}');
  const at = `type: redis, url: ${hostname}, port: ${port}`;
  const endpoints =
    `tracker_store: {${at}, db: 7, key_prefix: shop, username: bot, password: "p@ss w:rd"}\n` +
    `lock_store: {${at}, db: 8, key_prefix: shop}\n`;
  const sidecar = await serveWith(endpoints);
  await append(sidecar);
  await sidecar.connection.lock.acquireLock({ lockId: 'alice' });
  await sidecar.end('SIGTERM');
  const again = await serveWith(endpoints);
  expect((await again.tracker.listEvents({ conversationId: 'alice' })).events).toHaveLength(1);
  expect(await seven.call('get', 'shop:tracker:alice')).toBe('{"events": []}');
  const { locks } = await again.connection.lock.listLocks({});
  expect(locks.map(({ lockId }) => lockId)).toEqual(['alice']);
  for (const connection of [seven, eight]) {
    const keys = (await connection.call('keys', '*')) as string[];
    expect(keys.filter((key) => key.startsWith('{shop'))).not.toEqual([]);
    expect(keys.filter((key) => !/^(\{shop|shop:tracker:alice)/.test(key))).toEqual([]);
    await connection.call('flushdb');
  }
  await seven.call('acl', 'deluser', 'bot');
});
