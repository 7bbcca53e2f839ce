import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError, type Inputs, loadConfig } from '../load.js';

let folder: string;
let endpoints: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trackside-endpoints-'));
  endpoints = join(folder, 'endpoints.yml');
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(file: string, { flags = {}, env = {} }: Partial<Inputs> = {}) {
  writeFileSync(endpoints, file);
  const schemes = ['memory', 'sqlite', 'redis', 'rediss'];
  return loadConfig({ flags: { endpoints, ...flags }, env, schemes });
}

const tracker = (section: string) => `tracker_store: {${section}}\n`;
const lock = (section: string) => `lock_store: {${section}}\n`;

async function problems(...inputs: Parameters<typeof load>): Promise<readonly string[]> {
  const error = await load(...inputs).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof ConfigError)) throw error ?? new Error('the file was taken');
  return error.problems.map(withoutPath);
}

async function notices(...inputs: Parameters<typeof load>): Promise<readonly string[]> {
  const loaded = await load(...inputs);
  return loaded.notices.map(({ level, text }) => `${level} ${withoutPath(text)}`);
}

const withoutPath = (text: string) => text.replaceAll(endpoints, 'FILE');

describe('the tracker store', () => {
  test.each([
    ['type: in_memory', 'memory:'],
    ['type: redis', 'redis://localhost:6379/0'],
    ['type: REDIS, url: cache.internal, port: 6380, db: 3', 'redis://cache.internal:6380/3'],
    ['store_type: redis, type: in_memory', 'redis://localhost:6379/0'],
    ['type: redis, url: "::1"', 'redis://[::1]:6379/0'],
    ['type: redis, password: "a@b:c/d?e%"', 'redis://:a%40b%3Ac%2Fd%3Fe%25@localhost:6379/0'],
    ['type: redis, username: bot, password: 1234', 'redis://bot:1234@localhost:6379/0'],
    ['type: redis, username: "", password: "", record_exp: null', 'redis://localhost:6379/0'],
    ['type: redis, key_prefix: shop', 'redis://localhost:6379/0?namespace=shop'],
    [
      'type: redis, use_ssl: true, ssl_keyfile: /k, ssl_certfile: /c, ssl_ca_certs: "/a b"',
      'rediss://localhost:6379/0?ca=%2Fa+b&cert=%2Fc&key=%2Fk',
    ],
    ['type: SQL', 'sqlite:rasa.db.trackside'],
    ['type: sql, dialect: sqlite, db: /data/bot.db', 'sqlite:/data/bot.db.trackside'],
    ['type: SQL, url: "sqlite:////data/bot.db"', 'sqlite:/data/bot.db.trackside'],
    ['type: SQL, dialect: postgresql, url: "sqlite:///bot.db"', 'sqlite:bot.db.trackside'],
    ['type: SQL, url: "sqlite://"', 'memory:'],
    ['type: SQL, db: ":memory:"', 'memory:'],
  ])('{%s} is %s', async (section, url) => {
    const { config, origins } = await load(tracker(section));
    expect(config.storage).toMatchObject({ tracker: url, record: url, cache: 'memory:' });
    expect(origins['storage.tracker'].origin).toBe(endpoints);
  });

  test('on Redis says how long conversations are kept, unless our own setting does', async () => {
    const file = tracker('type: redis, record_exp: 1800');
    expect((await load(file)).config.tracker.retentionMs).toBe(1_800_000);
    const env = { TRACKSIDE_TRACKER_RETENTION: '2h' };
    expect((await load(file, { env })).config.tracker.retentionMs).toBe(7_200_000);
  });

  test.each([
    ['type: mongod', '.type (FILE): no engine for mongod here: known are in_memory, redis, SQL'],
    ['type: reddis', '.type (FILE): no engine for reddis here: did you mean redis?'],
    [
      'type: trackside.rasa.TrackerStore, url: "127.0.0.1:7420"',
      ".type (FILE): trackside.rasa.TrackerStore is the bot's way to a sidecar, and names no store: give the sidecar the file as it was before, or its own settings",
    ],
    ['type: own.Store', ".type (FILE): own.Store is a class of Python's, which runs in the bot only"],
    ['type: SQL, dialect: postgresql', '.dialect (FILE): no engine for postgresql here: known are sqlite'],
    [
      'type: SQL, url: "postgresql+psycopg2://u:secret@h/d"',
      '.url (FILE): no engine for postgresql+psycopg2 here: known are sqlite',
    ],
    ['type: SQL, username: u', '.username (FILE): is not for SQLite: db is all it needs'],
    ['type: SQL, login_db: x', '.login_db (FILE): is not for SQLite: db is all it needs'],
    ['type: SQL, query: {mode: ro}', '.query (FILE): is not for SQLite: db is all it needs'],
    [
      'type: SQL, url: "sqlite:///a.db?mode=ro"',
      '.url (FILE): must be sqlite:///PATH, with a fourth slash for an absolute path, and no parameters',
    ],
    [
      'type: redis, url: "redis://:secret@h"',
      '.url (FILE): must be a host name alone: port, db and password have keys of their own',
    ],
    ['type: redis, host: h', '.host (FILE): must be called url; Rasa refuses it under this name'],
    ['type: redis, port: 65536', '.port (FILE): must be a whole number from 1 to 65535'],
    ['type: redis, db: -1', '.db (FILE): must be a whole number from 0 to 99999'],
    ['type: redis, username: u', '.username (FILE): needs a password'],
    ['type: redis, password: 1.5', '.password (FILE): must be a text; put it in quotes'],
    [
      'type: redis, use_ssl: "false"',
      expect.stringMatching(/^\.use_ssl \(FILE\): must be true or false, neither/),
    ],
    ['type: redis, key_prefix: é', '.key_prefix (FILE): must be 1 to 64 letters from A to z and digits'],
    [`type: redis, key_prefix: ${'a'.repeat(65)}`, expect.stringContaining('1 to 64 letters')],
    ['type: redis, record_exp: 0', '.record_exp (FILE): must be a whole number from 1 to 315360000'],
  ])('{%s} is a problem', async (section, problem) => {
    const [first, ...more] = await problems(tracker(section));
    expect(more).toEqual([]);
    expect(first!.replace('tracker_store', '')).toEqual(problem);
    expect(first).not.toContain('secret');
  });

  test.each([
    ['timeout: 3', '.timeout (FILE): not used, nor by Rasa: unknown key: known are '],
    ['key_prefx: a', '.key_prefx (FILE): not used, nor by Rasa: unknown key: did you mean key_prefix?'],
    ['token: a', '.token (FILE): not used, nor by Rasa'],
    ['key_prefix: a-b', '.key_prefix (FILE): not used, nor by Rasa: it is not alphanumeric'],
    ['ssl_keyfile: /k', '.ssl_keyfile (FILE): not used, nor by Rasa, without use_ssl: true'],
  ])('{type: redis, %s} is told of', async (section, warning) => {
    const [first, second] = await notices(tracker(`type: redis, ${section}`));
    expect(first).toContain(`warn tracker_store${warning}`);
    expect(second).toMatch(
      /^info tracker_store \(FILE\): conversations are kept in redis:\/\/localhost:6379\/0;/,
    );
  });

  test('no notice shows a password', async () => {
    const all = await notices(tracker('type: redis, username: u, password: secret'));
    expect(all.join()).toContain('redis://u:***@localhost');
    expect(all.join()).not.toContain('secret');
  });
});

describe('the lock store', () => {
  test.each([
    ['type: in_memory', 'memory:'],
    ['type: redis', 'redis://localhost:6379/1'],
    ['type: redis, url: h, port: "7", db: "2", key_prefix: x', 'redis://h:7/2?namespace=x'],
  ])('{%s} is %s, and the queues are with the locks', async (section, url) => {
    const { config } = await load(lock(section));
    expect(config.storage).toMatchObject({ lock: url, queue: url, tracker: 'memory:' });
  });

  test.each([
    ['type: Redis', '.type (FILE): no engine for Redis here: did you mean redis?'],
    ['type: redis, record_exp: 3', '.record_exp (FILE): unknown key: known are '],
    ['type: redis, usernme: x', '.usernme (FILE): unknown key: did you mean username?'],
    ['type: trackside.rasa.LockStore', ".type (FILE): trackside.rasa.LockStore is the bot's way"],
  ])('{%s} is a problem', async (section, problem) => {
    expect((await problems(lock(section)))[0]).toContain(`lock_store${problem}`);
  });

  test("says that socket_timeout isn't used", async () => {
    expect(await notices(lock('type: redis, socket_timeout: 3'))).toContain(
      'warn lock_store.socket_timeout (FILE): not used: Redis has 5 s for an answer',
    );
  });
});

describe('the file', () => {
  test.each(['', 'nlg: {url: x}\nevent_broker: {type: pika}\n', 'tracker_store:\nlock_store:\n'])(
    'without stores has those of Rasa, in memory, and says so: %j',
    async (file) => {
      const { config, notices } = await load(file);
      expect(config.storage).toEqual({
        tracker: 'memory:',
        record: 'memory:',
        lock: 'memory:',
        queue: 'memory:',
        cache: 'memory:',
      });
      expect(notices.map(({ level }) => level)).toEqual(['warn', 'warn']);
    },
  );

  test.each([
    ['- x', 'FILE: must be a mapping'],
    ['tracker_store: redis', 'tracker_store (FILE): must be a mapping'],
    [
      'tracker-store: {type: redis}',
      "tracker-store (FILE): no section of Rasa's: did you mean tracker_store?",
    ],
    ['a: [', expect.stringMatching(/^FILE:1:\d+: /)],
  ])('%j is a problem', async (file, problem) => {
    expect(await problems(file)).toContainEqual(problem);
  });

  test('that is not there is a problem', async () => {
    const flags = { endpoints: join(folder, 'none.yml') };
    expect(await problems('', { flags })).toEqual([`${flags.endpoints}: can't be read: ENOENT`]);
  });

  test('has variables where Rasa has them: in what is not quoted, with braces, then as texts', async () => {
    const env = { HOST: 'h', PORT: '7', PW: 'p$w', MORE: 'm' };
    const store = (...lines: readonly string[]) => `tracker_store:\n  type: redis\n  ${lines.join('\n  ')}\n`;
    const { config } = await load(
      store('url: \u0024{HOST}', 'port: \u0024{PORT}', 'password: "\u0024{PW}"', 'username: x$MORE'),
      { env },
    );
    expect(config.storage.tracker).toBe('redis://x%24MORE:%24%7BPW%7D@h:7/0');
    const both = await load(store('password: a$MORE\u0024{PW}'), { env });
    expect(both.config.storage.tracker).toBe('redis://:amp%24w@localhost:6379/0');
    expect(await problems(store('use_ssl: \u0024{HOST}'), { env })).toEqual([
      expect.stringContaining('Rasa takes any text for true'),
    ]);
    expect(await problems(store('password: secret\u0024{NO_SUCH}'))).toEqual([
      'FILE:3:13: refers to the environment variable NO_SUCH, which is not set',
    ]);
  });

  test('has anchors and merges, as Rasa reads them', async () => {
    const file = 'x: &redis {type: redis, url: h}\ntracker_store: *redis\nlock_store: {<<: *redis, db: 5}\n';
    const { storage } = (await load(file)).config;
    expect(storage).toMatchObject({ tracker: 'redis://h:6379/0', lock: 'redis://h:6379/5' });
  });
});

describe('its place among the settings', () => {
  const file = `${tracker('type: redis')}${lock('type: redis')}`;

  test('is named by a flag, a variable or the configuration', async () => {
    writeFileSync(endpoints, file);
    const config = join(folder, 'trackside.yaml');
    writeFileSync(config, `endpoints: ${endpoints}`);
    for (const inputs of [
      { flags: { endpoints }, env: {} },
      { flags: {}, env: { TRACKSIDE_ENDPOINTS: endpoints } },
      { flags: { config }, env: {} },
    ]) {
      const { storage } = (await loadConfig({ ...inputs, schemes: ['redis', 'memory'] })).config;
      expect(storage.tracker).toBe('redis://localhost:6379/0');
    }
  });

  test.each([
    { env: { TRACKSIDE_STORAGE_TRACKER: 'sqlite:own.db' } },
    { flags: { storageTracker: 'sqlite:own.db' } },
  ])("is below Trackside's own: %j", async (inputs) => {
    const { config, notices } = await load(file, inputs);
    expect(config.storage).toMatchObject({ tracker: 'sqlite:own.db', lock: 'redis://localhost:6379/1' });
    expect(withoutPath(notices[0]!.text)).toMatch(
      /^tracker_store \(FILE\): not used: storage\.tracker is set \(/,
    );
  });

  test('a section that is not used is not judged', async () => {
    const flags = { storageTracker: 'sqlite:own.db', storageLock: 'memory:' };
    expect(await notices(tracker('type: mongod'), { flags })).toEqual([
      'warn tracker_store (FILE): not used: storage.tracker is set (--storage-tracker)',
    ]);
  });

  test('where storage says something else, that is told', async () => {
    const inputs = { flags: { storage: 'sqlite:own.db' } };
    const { config } = await load(file, inputs);
    expect(config.storage).toMatchObject({ tracker: 'redis://localhost:6379/0', record: 'sqlite:own.db' });
    expect((await notices(file, inputs)).at(-1)).toBe(
      'warn storage.default (--storage): not where conversations are kept: tracker_store (FILE) says redis://localhost:6379/0',
    );
  });

  test('an engine that is not there is told of with the file', async () => {
    writeFileSync(endpoints, file);
    const loading = loadConfig({ flags: { endpoints }, env: {}, schemes: ['memory'] });
    await expect(loading).rejects.toThrow(`storage.tracker (${endpoints}): no engine for redis`);
  });
});
