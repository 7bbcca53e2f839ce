import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../root.js';

/** A real server that tests can use. Its script in this folder is named like it. */
export interface Server {
  readonly name: string;
  /** The environment variable with the URL of one that runs already, to use instead of a throwaway one. */
  readonly variable: string;
  /** The program that the script starts. */
  readonly program: string;
}

/** The servers the tests know how to start; a new engine adds a line and a script. */
export const servers: readonly Server[] = [
  { name: 'redis', variable: 'TRACKSIDE_TEST_REDIS_URL', program: 'redis-server' },
  { name: 'redis-sentinel', variable: 'TRACKSIDE_TEST_REDIS_SENTINEL_URL', program: 'redis-sentinel' },
  { name: 'redis-cluster', variable: 'TRACKSIDE_TEST_REDIS_CLUSTER_URL', program: 'redis-server' },
  { name: 'valkey', variable: 'TRACKSIDE_TEST_VALKEY_URL', program: 'valkey-server' },
];

/** A server to test against; disposing of it stops what was started for the test. */
export interface Running extends AsyncDisposable {
  readonly url: string;
  /** Where its data is: a folder of its own, or of each of its processes, with `redis.pid` and the like; undefined where the URL was given. */
  readonly folder: string | undefined;
}

/** The server of a name. */
export function serverNamed(name: string): Server {
  return servers.find((server) => server.name === name)!;
}

/** Whether a server can be had: its URL is given, or its program is installed. */
export function isThere(server: Server, env: NodeJS.ProcessEnv = process.env): boolean {
  return Boolean(env[server.variable]) || isInstalled(server.program, env);
}

/** A line for each server that tests had to do without. */
export function leftOut(env: NodeJS.ProcessEnv = process.env): string[] {
  return servers
    .filter((server) => !isThere(server, env))
    .map(
      ({ name, program, variable }) =>
        `left out: ${name} (no ${program} found; test/servers/${name}.sh install, or ${variable}=…)`,
    );
}

/** The servers that must be there, as CI says, and are not. `TRACKSIDE_TEST_REQUIRE` names them, by commas. */
export function lacking(env: NodeJS.ProcessEnv = process.env): string[] {
  const required = (env.TRACKSIDE_TEST_REQUIRE ?? '').split(',').filter((name) => name !== '');
  return required.filter((name) => !servers.some((server) => server.name === name && isThere(server, env)));
}

/** The server whose URL is given, else a throwaway one on loopback, with options of the server's own. */
export async function start(server: Server, ...options: readonly string[]): Promise<Running> {
  const given = process.env[server.variable];
  if (given) return { url: given, folder: undefined, async [Symbol.asyncDispose]() {} };
  return startThrowaway(server, ...options);
}

/** A throwaway server, for tests that break it or need options of its own. */
export async function startThrowaway(server: Server, ...options: readonly string[]): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), `trackside-${server.name}-`));
  const script = join(root, 'test/servers', `${server.name}.sh`);
  const run = (...args: readonly string[]) => promisify(execFile)('bash', [script, ...args]);
  const { stdout } = await run('start', folder, ...options);
  return {
    url: stdout.trim(),
    folder,
    async [Symbol.asyncDispose]() {
      await run('stop', folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a program is on the path: whether its server can be started. */
export function isInstalled(program: string, env: NodeJS.ProcessEnv = process.env): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
