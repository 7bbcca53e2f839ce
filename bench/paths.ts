import { mkdir, mkdtemp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The repository's folder; this file runs as `dist/bench/paths.js`. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where results and the data of the servers under test go. */
export const out = `${root}bench/out`;

/** Makes a folder for data on the disk that holds the repository, to be removed by who asked. */
export async function dataFolder(): Promise<string> {
  await mkdir(out, { recursive: true });
  return mkdtemp(`${out}/data-`);
}
