import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Connection, type ConnectOptions, connect, type TrackerClient } from '@trackside/client';
import { root } from '../root.js';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A sidecar's real process. */
export interface Sidecar {
  readonly pid: number;
  /** Where it listens, the first first. */
  readonly addresses: readonly string[];
  readonly address: string;
  readonly tracker: TrackerClient;
  readonly connection: Connection;
  /** The log's lines so far. */
  readonly lines: readonly string[];
  /** Resolves when it has ended. */
  readonly exit: Promise<Exit>;
  end(signal: NodeJS.Signals): Promise<Exit>;
  /** Its resident memory in bytes. */
  rss(): number;
}

export interface SidecarOptions {
  /** Addresses to listen on, with commas; default a free port of the loopback. */
  readonly listen?: string;
  /** Default `memory:`. */
  readonly storage?: string;
  /** Further settings by environment variable. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that ended before it served. */
export class NotServing extends Error {
  readonly exit: Exit;
  readonly output: string;

  constructor(exit: Exit, output: string) {
    super(`the sidecar ended with ${exit.code} before it served: ${output}`);
    this.exit = exit;
    this.output = output;
  }
}

const children = new Set<ChildProcess>();
const connections = new Set<Connection>();
const folders: string[] = [];

/** Starts a sidecar and waits until it serves; NotServing where it ends instead. */
export async function startSidecar(options: SidecarOptions = {}): Promise<Sidecar> {
  const child = spawnSidecar(options);
  const exit = once(child, 'close').then(([code, signal]): Exit => {
    children.delete(child);
    return { code: code ?? null, signal: signal ?? null };
  });
  const lines: string[] = [];
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const addresses = await new Promise<readonly string[]>((resolve, reject) => {
    createInterface(child.stdout!).on('line', (line) => {
      lines.push(line);
      const { addresses } = JSON.parse(line) as { addresses?: readonly string[] };
      if (addresses) resolve(addresses);
    });
    void exit.then((ended) => reject(new NotServing(ended, lines.join('\n') + errors)));
  });
  const connection = connectTo(addresses[0]!);
  return {
    pid: child.pid!,
    addresses,
    address: addresses[0]!,
    tracker: connection.tracker,
    connection,
    lines,
    exit,
    end: (signal) => {
      child.kill(signal);
      return exit;
    },
    rss: () => residentBytes(child.pid!),
  };
}

/** A client's connection of its own, closed with the test; its calls are calls of their own unless asked for. */
export function connectTo(address: string, options: ConnectOptions = { pipeline: false }): Connection {
  const connection = connect(address, options);
  connections.add(connection);
  return connection;
}

/** A folder of the test's own, removed with it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trackside-'));
  folders.push(folder);
  return folder;
}

/** Ends every sidecar, closes every connection and removes every folder. */
export async function cleanUp(): Promise<void> {
  for (const connection of connections) connection.close();
  connections.clear();
  const ended = [...children].map((child) => once(child, 'close'));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ended);
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

function spawnSidecar({
  listen = '127.0.0.1:0',
  storage = 'memory:',
  env = {},
}: SidecarOptions): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TRACKSIDE_'));
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), 'serve'], {
    env: {
      ...Object.fromEntries(inherited),
      TRACKSIDE_LISTEN: listen,
      TRACKSIDE_STORAGE: storage,
      TRACKSIDE_LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  return child;
}

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
