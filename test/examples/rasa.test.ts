import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { root } from '../root.js';
import { rasaLeftOut, rasaPython } from './rasa-needs.js';

const found = rasaPython();
const isThere = rasaLeftOut().length === 0;
const example = join(root, 'examples/rasa');
const testTools = ['pytest==7.4.4', 'pytest-asyncio==0.21.2', 'pytest-timeout==2.4.0'];
const installMs = 900_000;
/** Each takes half a minute on a machine that has little else to do. */
const timeoutMs = 600_000;

/** The virtual environment that examples/rasa/install.sh makes, kept for later runs in node_modules/.cache. */
async function environment(python: string): Promise<string> {
  const install = join(example, 'install.sh');
  const key = createHash('sha256').update(python).update(testTools.join());
  for (const file of ['install.sh', 'requirements.txt']) key.update(readFileSync(join(example, file)));
  const folder = join(root, `node_modules/.cache/trackside-python/rasa-${key.digest('hex').slice(0, 16)}`);
  if (existsSync(join(folder, 'installed'))) return folder;
  await rm(folder, { recursive: true, force: true });
  await run('bash', [install, folder, python], root);
  await run(join(folder, 'bin/pip'), ['install', '-q', ...testTools], root);
  await mkdir(join(folder, 'installed'));
  return folder;
}

/** What a program printed; rejects with that where it doesn't end with 0. */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, timeout: timeoutMs, maxBuffer: 64 << 20 };
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

(isThere ? describe : describe.skip)("Rasa's stores", () => {
  let python: string;
  beforeAll(async () => {
    python = join(await environment(found!), 'bin/python');
  }, installMs);

  test(
    'have none of the weak points of its own',
    async () => {
      const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'tests/rasa_stores'];
      const told = await run(python, args, join(root, 'clients/python'));
      expect(told).toMatch(/\d{2} passed/);
      expect(told).not.toMatch(/failed|skipped|deselected/);
    },
    timeoutMs,
  );

  test(
    'keep the conversations of two servers complete, though one is killed',
    async () => {
      const outcome = JSON.parse(await run(python, ['-W', 'ignore', 'run.py'], example)) as object;
      expect(outcome).toMatchObject({ stores: 'trackside', conversations: 50, faultless: 50, messages: 300 });
      // Without messages whose server died under them nothing was shown.
      expect(outcome).not.toMatchObject({ 'repeated or looked for': 0 });
    },
    timeoutMs,
  );
});

test('what is left out for want of what Rasa needs is named, and CI has all of it', () => {
  expect(rasaLeftOut({ PATH: '', HOME: '/nowhere', TRACKSIDE_TEST_PYTHON: '/nowhere/python' })).toEqual([
    expect.stringMatching(/^left out: Rasa's stores \(no Python 3\.10 or 3\.11 .*; no redis-server found; /),
  ]);
  if (process.env.TRACKSIDE_TEST_REQUIRE_RASA) expect(rasaLeftOut()).toEqual([]);
});
