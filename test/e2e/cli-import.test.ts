import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { connectionTo, shared, stopShared } from '../backends/redis-tools.js';
import { isThere, serverNamed } from '../servers/servers.js';
import { endCommands, runCommand, startCommand } from './cli.js';
import { addRows, dialogue, event, rasaDatabase, rasaValue } from './rasa.js';
import { cleanUp, type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

jest.setTimeout(120_000);

let sidecar: Sidecar;
let path: string;
let source: string;
beforeAll(async () => {
  sidecar = await startSidecar();
});
beforeEach(async () => {
  path = join(await temporaryFolder(), 'rasa.db');
  source = `sqlite:${path}`;
});
afterEach(endCommands);
afterAll(async () => {
  await stopShared();
  await cleanUp();
});

const importFrom = (from: string, ...args: readonly string[]) =>
  runCommand(sidecar.address, 'import', 'rasa', from, ...args);

async function stored(conversationId: string): Promise<string[]> {
  const { events } = await sidecar.tracker.listEvents({ conversationId, pageSize: 1000 });
  return events.map(({ data }) => data);
}

/** Makes a file of Rasa's with these conversations. */
function rasaFile(conversations: Readonly<Record<string, readonly (string | null)[]>>): void {
  const database = rasaDatabase(path);
  for (const [id, events] of Object.entries(conversations)) addRows(database, id, events);
  database.close();
}

/** Adds rows to the file. */
function grow(id: string, events: readonly string[]): void {
  const database = rasaOpen();
  addRows(database, id, events);
  database.close();
}

function rasaOpen() {
  return new DatabaseSync(path);
}

/** The names and bytes of all files in the source's folder. */
function fingerprint(): unknown {
  const folder = dirname(path);
  return readdirSync(folder).map((name) => [
    basename(name),
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);
}

/** The report's kinds with their counts. */
function oddOf(stdout: string): Record<string, number> {
  const { odd } = JSON.parse(stdout) as { odd: { kind: string; count: number }[] };
  return Object.fromEntries(odd.map(({ kind, count }) => [kind, count]));
}

describe('trackside import rasa sqlite:', () => {
  test("stores Rasa's rows to the letter, and leaves the file as it was", async () => {
    const [alice, bob] = [dialogue(60), dialogue(1)];
    rasaFile({ 'letter alice': alice, 'letter bøb': bob });
    const before = fingerprint();
    const { code, stdout, stderr } = await importFrom(source);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(`^${source}: 2 conversations, 189 events stored, 0 already there, in .*\\n$`),
    );
    expect(await stored('letter alice')).toEqual(alice);
    expect(await stored('letter bøb')).toEqual(bob);
    expect(fingerprint()).toEqual(before);
    const [, , , user] = (await sidecar.tracker.listEvents({ conversationId: 'letter bøb' })).events;
    expect(user).toMatchObject({ type: 'user', eventTime: { seconds: 1_767_225_603n, nanos: 250_000_000 } });
  });

  test('stores nothing twice, and what the file has grown by', async () => {
    const [first, second] = [dialogue(40), dialogue(50, 1_767_300_000)];
    rasaFile({ 'grown 1': first, 'grown 2': first });
    expect((await importFrom(source)).stdout).toContain(
      '2 conversations, 246 events stored, 0 already there',
    );
    expect((await importFrom(source)).stdout).toContain(
      '2 conversations, 0 events stored, 246 already there',
    );
    grow('grown 1', second);
    grow('grown 3', second);
    expect((await importFrom(source)).stdout).toContain(
      '3 conversations, 306 events stored, 246 already there',
    );
    expect(await stored('grown 1')).toEqual([...first, ...second]);
    expect(await stored('grown 2')).toEqual(first);
  });

  test('goes on where it was killed: complete, once and in order', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `killed ${n}`);
    const turnsOf = (n: number) => dialogue(n % 10 === 0 ? 40 : 2, n * 1000);
    rasaFile(Object.fromEntries(ids.map((id, n) => [id, turnsOf(n)])));
    const before = fingerprint();
    const listed = async () =>
      (await sidecar.tracker.listConversations({ conversationIdPrefix: 'killed ', pageSize: 1000 }))
        .conversations;
    for (const enough of [10, 60]) {
      const command = startCommand(sidecar.address, 'import', 'rasa', source, '--parallel', '2');
      while ((await listed()).length < enough && command.process.exitCode === null) await sleep(5);
      command.process.kill('SIGKILL');
      expect(await command.ended).toMatchObject({ code: null, stdout: '' });
    }
    expect((await listed()).length).toBeLessThan(ids.length);
    const { code, stdout } = await importFrom(source);
    expect(code).toBe(0);
    expect(stdout).toMatch(/200 conversations, \d+ events stored, [1-9]\d+ already there/);
    for (const [n, id] of ids.entries()) expect(await stored(id)).toEqual(turnsOf(n));
    expect(fingerprint()).toEqual(before);
  });

  test('keeps the order of storing where times say something else, and tells of it', async () => {
    const events = dialogue(2);
    const early = event('slot', '5.0', '"name": "old", "value": 1');
    const late = event('slot', '1767225608.0', '"name": "late", "value": 1');
    const before = event('slot', '1767225607.5', '"name": "before", "value": 1');
    const disorderly = [...events, early, late, before];
    rasaFile({ 'order 1': disorderly });
    const { code, stdout } = await importFrom(source, '--json');
    expect(code).toBe(0);
    expect(await stored('order 1')).toEqual(disorderly);
    expect(oddOf(stdout)).toEqual({ before_session: 1, time_backwards: 1 });
  });

  test('stores once what Rasa saved twice, and only that', async () => {
    const events = dialogue(3);
    const untimed = '{"event": "slot", "name": "n", "value": 1, "timestamp": null}';
    const far = event('slot', '1767225600000.0', '"name": "ms", "value": 1');
    rasaFile({ 'twice 1': [...events, ...events.slice(3), untimed, untimed, far], 'twice 2': events });
    const { stdout } = await importFrom(source, '--json');
    expect(await stored('twice 1')).toEqual([...events, untimed, untimed, far]);
    expect(await stored('twice 2')).toEqual(events);
    expect(oddOf(stdout)).toEqual({ duplicate: 9, untimed: 3 });
    grow('twice 1', [events[5]!, event('bot', '1767225700.0', '"text": "new"')]);
    expect((await importFrom(source)).stdout).toContain('1 event stored');
  });

  test('leaves out what cannot be kept, says which, and ends with 1', async () => {
    const events = dialogue(1);
    const nan = event('slot', '1767225700.5', '"name": "NaN", "value": [NaN, -Infinity, "NaN"]');
    const own = event('poison', '1767225701.5');
    const named = event('slot', '1767225702.5', `"name": "${'n'.repeat(1025)}", "value": 1`);
    const big = event('slot', '1767225703.5', `"name": "big", "value": "${'x'.repeat(1024 * 1024)}"`);
    const deep = event(
      'slot',
      '1767225703.6',
      `"name": "deep", "value": ${'['.repeat(100)}${']'.repeat(100)}`,
    );
    rasaFile({
      'odd 1': [
        ...events,
        '{"event": "user", "te',
        nan,
        own,
        null,
        '{"no": "event"}',
        '[]',
        named,
        big,
        deep,
      ],
      ['odd '.padEnd(513, 'x')]: events,
      '': events,
      'odd 2': events,
    });
    const database = rasaOpen();
    database.exec(
      "INSERT INTO events (sender_id, type_name, data) VALUES ('odd 1' || char(0) || 'x', 'x', '{}')",
    );
    database.close();
    const { code, stdout, stderr } = await importFrom(source, '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'trackside: 9 of these left out or refused\n' });
    expect(oddOf(stdout)).toEqual({
      not_a_number: 1,
      unknown_type: 1,
      unnamed: 1,
      unreadable: 7,
      too_large: 2,
    });
    const asNull = nan.replace('[NaN, -Infinity,', '[null, null,');
    expect(await stored('odd 1')).toEqual([...events, asNull, own, named]);
    expect(await stored('odd 2')).toEqual(events);
    const text = (await importFrom(source)).stdout;
    expect(text).toContain(
      "unreadable (7): events and conversations that can't be read: left out\n  conversation",
    );
    expect(text).toContain('conversation "odd 1", row 7: is not JSON');
  });

  test('takes the largest event there can be', async () => {
    const empty = event('slot', '1767225700.5', '"name": "big", "value": ""');
    const room = 1024 * 1024 - 32 - 'slot'.length - 'big'.length - empty.length;
    const largest = empty.replace('""', `"${'x'.repeat(room)}"`);
    rasaFile({ 'edge 1': [largest] });
    expect(await importFrom(source)).toMatchObject({ code: 0 });
    expect(await stored('edge 1')).toEqual([largest]);
    grow('edge 2', [largest.replace('"x', '"xx')]);
    expect(oddOf((await importFrom(source, '--json')).stdout)).toEqual({ too_large: 1 });
  });

  test('does not touch a conversation that has events of its own, or changed ones, and goes on', async () => {
    const append = { conversationId: 'own 1', events: [{ type: 'x', data: '{}' }] };
    await sidecar.tracker.appendEvents(append);
    rasaFile({ 'own 1': dialogue(1), 'own 2': dialogue(1), 'own 3': dialogue(1) });
    const { code, stdout } = await importFrom(source);
    expect(code).toBe(1);
    expect(stdout).toContain('2 conversations, 12 events stored');
    expect(stdout).toMatch(/refused \(1\): conversations .*\n {2}.*"own 1".*\(VERSION_CONFLICT\)\n/);
    expect(await stored('own 1')).toEqual(['{}']);
    await sidecar.tracker.appendEvents({ ...append, conversationId: 'own 2' });
    grow('own 2', [event('bot', '1767225700.0')]);
    const database = rasaOpen();
    database.exec("UPDATE events SET data = replace(data, 'greet', 'bye') WHERE sender_id = 'own 3'");
    database.close();
    expect(oddOf((await importFrom(source, '--json')).stdout)).toEqual({ refused: 3 });
    expect(await stored('own 2')).toEqual([...dialogue(1), '{}']);
  });

  test('reads while Rasa writes, and keeps it from nothing', async () => {
    const database = rasaDatabase(path);
    for (let n = 0; n < 600; n++) addRows(database, `busy ${n}`, dialogue(3));
    const command = startCommand(sidecar.address, 'import', 'rasa', source);
    database.exec('PRAGMA busy_timeout = 1000');
    let isRunning = true;
    const ended = command.ended.finally(() => {
      isRunning = false;
    });
    for (let n = 0; isRunning; n++) {
      addRows(database, `busy ${n % 600}`, [event('bot', `${1_767_300_000 + n}.0`)]);
      await sleep(5);
    }
    const done = await ended;
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(': 600 conversations, ') });
    expect(await importFrom(source)).toMatchObject({ code: 0 });
    const rows = database.prepare("SELECT data FROM events WHERE sender_id = 'busy 0' ORDER BY id").all();
    database.close();
    expect(await stored('busy 0')).toEqual(rows.map(({ data }) => data));
    expect(rows.length).toBeGreaterThan(dialogue(3).length);
  });

  test.each([
    ['sqlite:/no/such.db', 'there is no file /no/such.db'],
    ['nonsense', 'name it as sqlite:PATH or redis://HOST; known are sqlite, redis, rediss, unix'],
    ['mysql://h', 'name it as sqlite:PATH or redis://HOST; known are sqlite, redis, rediss, unix'],
    ['redis://h?prefix=a-b', '"prefix" must be alphanumeric: Rasa leaves any other key_prefix out'],
    ['redis://u:secret@h?x=1', 'storage: "x" is no parameter of a Redis URL'],
  ])('refuses %s', async (from, message) => {
    const { code, stderr, stdout } = await importFrom(from);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`trackside: the source: ${message}`);
    expect(stderr).not.toContain('secret');
  });

  test('refuses a file that is none of Rasa’s', async () => {
    writeFileSync(path, 'text'.repeat(1000));
    expect((await importFrom(source)).stderr).toContain(`${path} can't be read: file is not a database`);
    const other = join(dirname(path), 'other.db');
    const database = new DatabaseSync(other);
    database.exec('CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)');
    database.close();
    expect((await importFrom(`sqlite:${other}`)).stderr).toContain('has no table "events" as Rasa');
  });
});

const onRedis = isThere(serverNamed('redis')) ? describe : describe.skip;

onRedis('trackside import rasa redis://', () => {
  let url: string;
  beforeAll(async () => {
    ({ url } = await shared('redis'));
  });
  afterEach(async () => {
    await (await connectionTo(`${url}/9`)).call('flushdb');
  });

  async function keep(key: string, value: string, ...options: readonly string[]): Promise<void> {
    await (await connectionTo(`${url}/9`)).call('set', key, value, ...options);
  }

  test("stores Rasa's keys, of the prefix only, again and again", async () => {
    const long = dialogue(150);
    for (let n = 0; n < 600; n++) await keep(`tracker:r ${n}`, rasaValue(`r ${n}`, dialogue(1, n)));
    await keep('tracker:long:ü', rasaValue('long:ü', long));
    await keep('shop:tracker:shopper', rasaValue('shopper', dialogue(2)));
    await keep('lock:r 1', '{}');
    const { code, stdout } = await importFrom(`${url}/9`);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^tracker:\* at [\d.:]+, database 9: 601 conversations, 4053 events stored, 0 already/,
    );
    expect(await stored('long:ü')).toEqual(long);
    expect(await stored('r 599')).toEqual(dialogue(1, 599));
    expect(await stored('shopper')).toEqual([]);
    await keep('tracker:long:ü', rasaValue('long:ü', [...long, event('bot', '1767229999.0')]));
    expect((await importFrom(`${url}/9`)).stdout).toContain(
      '601 conversations, 1 event stored, 4053 already',
    );
    expect((await importFrom(`${url}/9?prefix=shop`)).stdout).toContain('shop:tracker:*');
    expect(await stored('shopper')).toEqual(dialogue(2));
  });

  test('needs no more than a user who may only read, and asks for KEYS never', async () => {
    const connection = await connectionTo(`${url}/9`);
    await keep('tracker:only read', rasaValue('only read', dialogue(1)));
    const may = ['+select', '+scan', '+get', '+pttl', '+dbsize'];
    await connection.call('acl', 'setuser', 'reader', 'reset', 'on', '>pw', '%R~tracker:*', ...may);
    const { code } = await importFrom(`${url.replace('redis://', 'redis://reader:pw@')}/9`);
    await connection.call('acl', 'deluser', 'reader');
    expect(code).toBe(0);
    expect(await stored('only read')).toEqual(dialogue(1));
  });

  test('tells of what is odd', async () => {
    const nan = event('slot', '1767225700.5', '"name": "x", "value": NaN');
    await keep('tracker:rodd 1', rasaValue('rodd 1', [...dialogue(1), nan]), 'EX', '1000');
    await keep('tracker:rodd 2', '{"events": [{"event": "us');
    await keep('tracker:rodd 3', '{"name": "x"}');
    await keep('tracker:rodd 4', rasaValue('rodd 4', []));
    await (await connectionTo(`${url}/9`)).call('rpush', 'tracker:rodd 5', 'x');
    const { code, stdout } = await importFrom(`${url}/9`, '--json');
    expect(code).toBe(1);
    expect(oddOf(stdout)).toEqual({ expiring: 1, not_a_number: 1, unreadable: 3, empty: 1 });
    expect(await stored('rodd 1')).toEqual([...dialogue(1), nan.replace('NaN', 'null')]);
  });

  test('says where there is no server', async () => {
    const { code, stderr } = await importFrom('redis://127.0.0.1:9');
    expect(code).toBe(1);
    expect(stderr).toContain('the source: the Redis server cannot be reached');
  });
});

test('says how far it came where the sidecar goes away for good', async () => {
  const own = await startSidecar();
  rasaFile(Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`gone ${n}`, dialogue(30)])));
  await own.end('SIGKILL');
  const { code, stderr } = await runCommand(own.address, 'import', 'rasa', source);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no Trackside at .*\nstopped after 0 conversations.*; repeat the command to go on/);
});
