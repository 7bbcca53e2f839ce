import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { root } from '../root.js';
import { isInstalled } from '../servers/servers.js';

/** Where examples/rasa/install.sh has put Rasa; without it these tests are left out. */
const environment = process.env.TRACKSIDE_TEST_RASA ?? join(root, 'examples/rasa/.venv');
const python = join(environment, 'bin/python');
/** It takes two minutes on a machine that has nothing else to do. */
const timeoutMs = 600_000;
const isThere = existsSync(python) && isInstalled('redis-server');

/** Runs Python in a folder; what it printed. Rejects with that where it doesn't end with 0. */
async function run(folder: string, ...args: readonly string[]): Promise<string> {
  const sources = join(root, 'clients/python/src');
  const env = { ...process.env, PYTHONPATH: [sources, process.env.PYTHONPATH].join(delimiter) };
  const options = { cwd: join(root, folder), env, timeout: timeoutMs, maxBuffer: 1 << 26 };
  return new Promise((resolve, reject) =>
    execFile(python, ['-W', 'ignore', ...args], options, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stdout}\n${stderr}`)) : resolve(stdout),
    ),
  );
}

(isThere ? describe : describe.skip)("Rasa's stores", () => {
  test(
    'have none of the weak points of its own',
    async () => {
      const report = await run(
        'clients/python',
        '-m',
        'pytest',
        '-q',
        '-p',
        'no:cacheprovider',
        'tests/rasa_stores',
      );
      expect(report).toMatch(/^\d+ passed/m);
      expect(report).not.toMatch(/failed|skipped/);
    },
    timeoutMs + 10_000,
  );

  test(
    'keep the conversations of two servers complete, though one is killed',
    async () => {
      const outcome = JSON.parse(await run('examples/rasa', 'run.py')) as Record<string, unknown>;
      expect(outcome).toMatchObject({ stores: 'trackside', conversations: 50, faultless: 50, messages: 300 });
      // Without messages whose server died under them nothing was shown.
      expect(outcome['repeated or looked for']).toBeGreaterThan(0);
    },
    timeoutMs + 10_000,
  );
});
