import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { root } from '../root.js';
import { endCommands, objects, runCommand, runWithInput } from './cli.js';
import { json } from './keyed.js';
import { cleanUp, type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

let sidecar: Sidecar;
beforeAll(async () => {
  sidecar = await startSidecar();
});
afterEach(endCommands);
afterAll(cleanUp);

const cache = (...args: readonly string[]) => runCommand(sidecar.address, 'cache', ...args);
const cacheWith = (input: string, ...args: readonly string[]) =>
  runWithInput(input, sidecar.address, 'cache', ...args);
const done = (stdout = '') => ({ code: 0, stdout, stderr: '' });
const failed = (message: string, code = 1) => ({ code, stdout: '', stderr: `trackside: ${message}\n` });

describe('trackside cache', () => {
  test('prints help', async () => {
    const { stdout } = await cache('--help');
    for (const command of ['get', 'list', 'set', 'touch', 'delete', 'clear', 'increment'])
      expect(stdout).toContain(`\n  ${command} [options]`);
    expect(stdout).toContain('$ trackside cache ');
    const set = await cache('set', '--help');
    for (const option of ['--text', '--bytes', '--ttl', '--if', '--json', '--address'])
      expect(set.stdout).toContain(`  ${option}`);
  });

  test('keeps JSON to the letter, from the command line and from standard input', async () => {
    expect(await cache('set', 'letter', '{"x": 1.0}')).toEqual(done());
    expect(await cache('get', 'letter')).toEqual(done('{"x": 1.0}\n'));
    expect(await cacheWith('[1,\n 2]\n', 'set', 'input', '-')).toEqual(done());
    expect(await cache('get', 'input')).toEqual(done('[1,\n 2]\n'));
    expect((await sidecar.connection.cache.getEntry({ key: 'input' })).entry?.value?.kind.value).toBe(
      '[1,\n 2]',
    );
  });

  test('keeps texts as strings, and says how where a value is not JSON', async () => {
    expect(await cache('set', 'text', '--text', 'say "hi"')).toEqual(done());
    expect(await cacheWith('two\nlines\n', 'set', 'lines', '--text')).toEqual(done());
    expect((await cache('get', 'text')).stdout).toBe('"say \\"hi\\""\n');
    expect((await cache('get', 'lines')).stdout).toBe('"two\\nlines"\n');
    expect(await cache('set', 'text', 'hi')).toEqual(
      failed('VALUE: is not JSON: unexpected "h" at position 0; with --text it is taken as a text'),
    );
  });

  test('keeps bytes of files and pipes', async () => {
    const bytes = Uint8Array.of(0, 255, 10, 128, 10);
    const file = join(await temporaryFolder(), 'bytes');
    await writeFile(file, bytes);
    expect(await cache('set', 'file', '--bytes', file)).toEqual(done());
    const command = `"${process.execPath}" "${join(root, 'dist/main.js')}" cache`;
    const env = { ...process.env, TRACKSIDE_ADDRESS: sidecar.address };
    await promisify(execFile)('sh', ['-c', `${command} get file | ${command} set pipe --bytes -`], { env });
    const { entry } = await sidecar.connection.cache.getEntry({ key: 'pipe' });
    expect(entry?.value?.kind).toEqual({ case: 'bytes', value: Buffer.from(bytes) });
    expect(objects((await cache('get', 'pipe', '--json')).stdout)).toEqual([
      { key: 'pipe', value: { bytes: Buffer.from(bytes).toString('base64') } },
    ]);
    expect(await cache('set', 'file', '1', '--bytes', file)).toEqual(
      failed('give VALUE or --bytes, not both', 2),
    );
    expect((await cacheWith('\xff', 'set', 'file', '--bytes', `${file}.no`)).stderr).toContain("can't read");
  });

  test('sets under a condition', async () => {
    expect(await cache('set', 'once', '1', '--if', 'present')).toEqual(failed('entry "once" is not present'));
    expect(await cache('set', 'once', '1', '--if', 'absent')).toEqual(done());
    expect(await cache('set', 'once', '2', '--if', 'absent', '--json')).toEqual({
      code: 1,
      stdout: '{"key":"once","written":false,"duplicate":false}\n',
      stderr: 'trackside: entry "once" is not absent\n',
    });
    expect((await cache('get', 'once')).stdout).toBe('1\n');
  });

  test('sets expiries', async () => {
    const inAnHour = { asymmetricMatch: (time: string) => isAbout(time, Date.now() + 3_600_000) };
    const set = await cache('set', 'soon', '1', '--ttl', '1h', '--json');
    expect(objects(set.stdout)).toEqual([
      { key: 'soon', written: true, expire_time: inAnHour, duplicate: false },
    ]);
    expect(objects((await cache('get', 'soon', '--json')).stdout)).toEqual([
      { key: 'soon', value: { json: '1' }, expire_time: inAnHour },
    ]);
    expect(objects((await cache('touch', 'soon', '--json')).stdout)).toEqual([
      { key: 'soon', touched: true },
    ]);
    expect(await cache('touch', 'soon', '--ttl', '1ms')).toEqual(done());
    expect(await cache('get', 'soon')).toEqual(failed('no entry "soon"'));
    expect(await cache('touch', 'soon')).toEqual(failed('no entry "soon"'));
  });

  test('adds to numbers, to the last digit', async () => {
    expect(await cache('increment', 'count')).toEqual(done('1\n'));
    expect(await cache('increment', 'count', '--by', '9223372036854775806')).toEqual(
      done('9223372036854775807\n'),
    );
    expect(await cache('increment', 'count', '--by', '-2', '--request-id', 'r', '--json')).toEqual(
      done('{"key":"count","value":9223372036854775805,"duplicate":false}\n'),
    );
    expect(await cache('increment', 'count', '--by', '-2', '--request-id', 'r', '--json')).toEqual(
      done('{"key":"count","value":9223372036854775805,"duplicate":true}\n'),
    );
    const { stderr } = await cache('increment', 'count', '--by', '1.5');
    expect(stderr).toContain("argument '1.5' is invalid. It must be a whole number.");
  });

  test('lists and deletes', async () => {
    await fill('list/a', 'list/b', 'listed');
    expect(await cache('list', 'list*')).toEqual(done('list/a\nlist/b\nlisted\n'));
    expect(await cache('list', 'list/?', '--json')).toEqual(done('{"key":"list/a"}\n{"key":"list/b"}\n'));
    expect(await cache('delete', 'listed')).toEqual(done('deleted 1\n'));
    expect(await cache('delete', 'listed')).toEqual(done('deleted 0\n'));
  });

  test('clears what is named', async () => {
    await fill('of/a', 'of/b', 'off');
    expect(await cache('clear')).toEqual(
      failed('say what to clear: a PREFIX that is not empty, or --all', 2),
    );
    expect(await cache('clear', 'of/', '--all')).toMatchObject({ code: 2 });
    expect(await cache('clear', 'of/')).toEqual(done('cleared 2\n'));
    expect((await cache('clear', '--all', '--json')).stdout).toMatch(/^\{"cleared":\d+\}\n$/);
    expect(await cache('list')).toEqual(done());
  });

  test('tells what is wrong with a command line', async () => {
    expect(await cache()).toMatchObject({ code: 2, stderr: expect.stringContaining('Commands:') });
    expect(await cache('set', 'k', '1', '--ttl', '5')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('It must be a number with its unit: 500ms, 30s, 5m or 1h.'),
    });
    expect(await cache('set', 'k', '1', '--ttl', '99999h')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^trackside: ttl: is .* \(INVALID_REQUEST\)\n$/),
    });
  });
});

async function fill(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await sidecar.connection.cache.setEntry({ key, value: json('1') });
}

function isAbout(time: string, ms: number): boolean {
  return Math.abs(Date.parse(time) - ms) < 30_000;
}
