import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { root } from '../root.js';
import { packageSets, pythonFor, setsLeftOut } from './pythons.js';
import { pythonWith } from './venv.js';

const project = join(root, 'clients/python');
const installMs = 300_000;
const testsMs = 900_000;

for (const set of packageSets) {
  const found = pythonFor(set);
  (found === undefined ? describe.skip : describe)(`the Python client with its ${set.name} packages`, () => {
    let folder: string;
    let python: string;
    let installed: string;

    /** Runs a module of Python's; rejects with what it wrote where it fails. */
    async function run(module: string, ...args: readonly string[]): Promise<string> {
      const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
      const env = { ...process.env, PATH, PYTHONPATH: installed, PYTHONDONTWRITEBYTECODE: '1' };
      const options = { cwd: project, env, timeout: testsMs, maxBuffer: 64 << 20 };
      try {
        return (await promisify(execFile)(python, ['-m', module, ...args], options)).stdout;
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`python -m ${module} failed:\n${stdout}\n${stderr}`);
      }
    }

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'trackside-python-'));
      installed = join(folder, 'installed');
      python = await pythonWith(found!, join(project, 'requirements', `${set.name}.txt`));
      await run('build', '--wheel', '--no-isolation', '--outdir', folder);
      const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'))!;
      await run(
        'pip',
        'install',
        '-q',
        '--no-deps',
        '--no-index',
        '--target',
        installed,
        join(folder, wheel),
      );
    }, installMs);
    afterAll(() => rm(folder, { recursive: true, force: true }));

    test('its wheel carries the stubs of every proto and says that it is typed', async () => {
      const protos = (await readdir(join(root, 'proto/trackside/v1'))).map((name) => name.split('.')[0]!);
      const files = await readdir(join(installed, 'trackside/v1'));
      expect(files).toEqual(
        expect.arrayContaining(protos.flatMap((name) => [`${name}_pb2.py`, `${name}_pb2.pyi`])),
      );
      expect(await readdir(join(installed, 'trackside'))).toContain('py.typed');
    });

    test(
      'its tests pass, from the wheel',
      async () => {
        const cache = join(folder, 'pytest');
        const told = await run('pytest', '-q', '-o', `cache_dir=${cache}`, '-o', 'pythonpath=');
        expect(told).toMatch(/\d{3} passed/);
        expect(told).not.toMatch(/failed|skipped/);
      },
      testsMs,
    );

    if (set.name === 'newest') {
      test(
        'its types are right, strictly, and it is formatted',
        async () => {
          await run('mypy', '--cache-dir', join(folder, 'mypy'));
          await run('ruff', 'check', '--no-cache');
          await run('ruff', 'format', '--check', '--no-cache');
        },
        installMs,
      );
    }
  });
}

test('what was left out for want of a Python is named, and CI has one', () => {
  const bare = { PATH: '', HOME: '/nowhere', TRACKSIDE_TEST_PYTHON: '/nowhere/python' };
  expect(setsLeftOut(bare)).toEqual([
    expect.stringMatching(/^left out: the Python client with its oldest packages \(no Python 3\.8 to 3\.11 /),
    expect.stringMatching(
      /^left out: the Python client with its newest packages \(no Python 3\.11 to 3\.14 /,
    ),
  ]);
  if (process.env.TRACKSIDE_TEST_REQUIRE_PYTHON)
    expect(setsLeftOut().length).toBeLessThan(packageSets.length);
});
