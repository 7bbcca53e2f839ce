import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { endCommands, objects, runCommand, runWithInput } from './cli.js';
import { json } from './keyed.js';
import { cleanUp, type Sidecar, startSidecar } from './sidecar.js';

let sidecar: Sidecar;
beforeAll(async () => {
  sidecar = await startSidecar();
});
afterEach(endCommands);
afterAll(cleanUp);

const record = (...args: readonly string[]) => runCommand(sidecar.address, 'record', ...args);
const recordWith = (input: string, ...args: readonly string[]) =>
  runWithInput(input, sidecar.address, 'record', ...args);
const done = (stdout = '') => ({ code: 0, stdout, stderr: '' });
const failed = (message: string, code = 1) => ({ code, stdout: '', stderr: `trackside: ${message}\n` });

describe('trackside record', () => {
  test('prints help', async () => {
    const { stdout } = await record('--help');
    for (const command of ['get', 'list', 'set', 'delete', 'clear', 'append', 'items'])
      expect(stdout).toContain(`\n  ${command} [options]`);
    expect(stdout).toContain('$ trackside record ');
    const append = await record('append', '--help');
    for (const option of ['--text', '--bytes', '--lines', '--request-id', '--json', '--address'])
      expect(append.stdout).toContain(`  ${option}`);
  });

  test('keeps values, and tells their versions', async () => {
    const { code, stdout } = await record('set', 'value', '{"a": [1.0]}');
    expect(code).toBe(0);
    const version = stdout.trimEnd();
    expect(await record('get', 'value')).toEqual(done('{"a": [1.0]}\n'));
    expect(objects((await record('get', 'value', '--json')).stdout)).toEqual([
      {
        key: 'value',
        value: { json: '{"a": [1.0]}' },
        version: Number(version),
        update_time: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    expect(await record('get', 'nothing')).toEqual(failed('no record "nothing"'));
  });

  test('writes and deletes under conditions', async () => {
    expect(await record('set', 'if', '1', '--if', 'present')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(VERSION_CONFLICT)'),
    });
    const version = (await record('set', 'if', '1', '--if', 'absent')).stdout.trimEnd();
    const set = await record('set', 'if', '2', '--if', `version=${version}`, '--json');
    expect(objects(set.stdout)).toMatchObject([{ key: 'if', duplicate: false }]);
    expect(await record('delete', 'if', '--if', `version=${version}`)).toMatchObject({ code: 1 });
    expect((await record('get', 'if')).stdout).toBe('2\n');
    expect(await record('delete', 'if')).toEqual(done('deleted 1\n'));
    expect(await record('delete', 'if', '--json')).toEqual(
      done('{"key":"if","deleted":false,"duplicate":false}\n'),
    );
    expect(await record('set', 'if', '1', '--if', 'version=0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Write the version as version=5.'),
    });
  });

  test('appends to lists, and prints ranges of them', async () => {
    expect(await record('append', 'list', '"first"')).toEqual(done('1\n'));
    expect(await recordWith('a\n\nb\nc\n', 'append', 'list', '--lines', '--text')).toEqual(done('4\n'));
    expect(await record('items', 'list')).toEqual(done('"first"\n"a"\n"b"\n"c"\n'));
    expect(await record('items', 'list', '--start', '-2')).toEqual(done('"b"\n"c"\n'));
    expect(await record('items', 'list', '--start', '1', '--end', '-2', '--json')).toEqual(
      done('{"index":1,"value":{"json":"\\"a\\""}}\n{"index":2,"value":{"json":"\\"b\\""}}\n'),
    );
    expect(await record('items', 'nothing')).toEqual(done());
    expect(await record('get', 'list')).toEqual(failed('key "list" has a list, not a value (WRONG_KIND)'));
  });

  test('appends more than a call takes, once however often it is repeated', async () => {
    const lines = Array.from({ length: 2500 }, (_, i) => `${i}\n`).join('');
    const append = ['append', 'long', '--lines', '--request-id', 'import'] as const;
    expect(await recordWith(lines, ...append)).toEqual(done('1000\n2000\n2500\n'));
    expect(await recordWith(lines, ...append, '--json')).toMatchObject({ code: 0 });
    expect(await record('items', 'long')).toEqual(done(lines));
  });

  test('says where it stopped, and how to go on', async () => {
    const lines = `${'1\n'.repeat(1000)}2\nnot JSON\n`;
    const { code, stderr } = await recordWith(lines, 'append', 'broken', '--lines');
    expect(code).toBe(1);
    const [, id] =
      /^trackside: stdin:1002: is not JSON: .*\nstopped after 1000 lines; with --request-id (\S+) /.exec(
        stderr,
      ) ?? [];
    const rest = lines.replace('not JSON', '3');
    expect(await recordWith(rest, 'append', 'broken', '--lines', '--request-id', id!)).toMatchObject({
      code: 0,
    });
    expect((await record('items', 'broken', '--start', '998')).stdout).toBe('1\n1\n2\n3\n');
    expect(await record('append', 'broken', '1', '--lines')).toEqual(
      failed('--lines reads standard input: leave VALUE and --bytes out', 2),
    );
  });

  test('lists and clears values and lists', async () => {
    const client = sidecar.connection.record;
    await client.setRecord({ key: 'of/value', value: json('1') });
    await client.appendItems({ key: 'of/list', items: [json('1')] });
    expect(await record('list', 'of/*')).toEqual(done('of/list\nof/value\n'));
    expect(await record('clear', 'of/', '--json')).toEqual(done('{"cleared":2}\n'));
    expect(await record('clear')).toMatchObject({ code: 2 });
    expect((await record('clear', '--all')).stdout).toMatch(/^cleared \d+\n$/);
    expect(await record('list')).toEqual(done());
  });
});
