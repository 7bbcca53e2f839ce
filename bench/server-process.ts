import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoopDelay } from './loop-delay.js';
import { dataFolder, root } from './paths.js';

/** A server under test: a process of its own, as in use. */
export interface ServerProcess {
  readonly pid: number;
  readonly address: string;
  /** What the event loop was late by since the last call of this. */
  loopDelay(): Promise<LoopDelay>;
  stop(): Promise<void>;
}

/** Starts Trackside; SQLite's file is on the disk that holds the repository. */
export async function startTrackside(engine: 'memory' | 'sqlite'): Promise<ServerProcess> {
  const folder = await dataFolder();
  const storage = engine === 'memory' ? 'memory:' : `sqlite:${join(folder, 'trackside.db')}`;
  const server = await startTracksideOn(storage);
  return {
    ...server,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts Trackside on a store that is there. */
export function startTracksideOn(storage: string): Promise<ServerProcess> {
  const settings = ['--storage', storage, '--listen', '127.0.0.1:0', '--log-format', 'json'];
  return start([join(root, 'dist/main.js'), ...settings]);
}

/** Starts one of the servers in `bare/`. */
export function startBare(name: string, ...args: string[]): Promise<ServerProcess> {
  return start([join(root, 'dist/bench/bare', `${name}.js`), ...args]);
}

async function start(args: readonly string[]): Promise<ServerProcess> {
  const preload = new URL('loop-delay.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', preload, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const address = await firstAddress(child);
  return {
    pid: child.pid!,
    address,
    async loopDelay() {
      child.send('loop-delay');
      const [delay] = await once(child, 'message');
      return delay as LoopDelay;
    },
    stop: () => end(child),
  };
}

/** The address in the first line that a server writes. */
async function firstAddress(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => text as string),
    once(child, 'exit').then(() => undefined),
  ]);
  if (line === undefined) throw new Error('the server ended before it served');
  return (JSON.parse(line) as { addresses: [string] }).addresses[0];
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
