import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../root.js';

const run = promisify(execFile);

/**
 * A Python with the packages of a requirements file, in a virtual environment that later runs find again: they are
 * kept in node_modules/.cache, by what they are made of.
 */
export async function pythonWith(python: string, requirements: string): Promise<string> {
  const { stdout: version } = await run(python, ['-VV']);
  const key = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex');
  const caches = join(root, 'node_modules/.cache/trackside-python');
  const folder = join(caches, `${basename(requirements, '.txt')}-${key.slice(0, 16)}`);
  const program = join(folder, 'bin/python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return program;
  await rm(folder, { recursive: true, force: true });
  await mkdir(caches, { recursive: true });
  await run(python, ['-m', 'venv', folder]);
  await run(program, ['-m', 'pip', 'install', '--disable-pip-version-check', '-q', '-r', requirements]);
  await mkdir(`${done}.new`);
  await rename(`${done}.new`, done);
  return program;
}
