import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Site } from '../conformance/writer.js';
import { type Sidecar, startSidecar, temporaryFolder } from '../e2e/sidecar.js';

/** What a server's command line tool prints. */
export async function cli(port: number, ...args: readonly (string | number)[]): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', ['-p', `${port}`, ...args.map(String)]);
  return stdout.trim();
}

/** The process of a server that a group in a folder has on a port. */
export function pidOf(folder: string, port: number): number {
  return Number(readFileSync(join(folder, `${port}`, 'redis.pid'), 'utf8'));
}

/** A Redis server that flushes each write to its file, so that it may be killed at any moment. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #options: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
  }

  /** With further options of the server's own. */
  static async start(...options: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await temporaryFolder(), options);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async kill(): Promise<void> {
    const child = this.#child!;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.run();
  }

  async run(): Promise<void> {
    const options = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];
    this.#child = spawn('redis-server', [...options, ...durable, ...this.#options], { stdio: 'ignore' });
    await until(() => answers(this.port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Where a request is cut off: on its way to the server, or its answer on the way back. */
export type Cut = 'before' | 'behind';

/** A way to a server that can be cut, with whatever is on it. */
export class Tunnel implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isClosed = false;
  #trap: { readonly mark: string; readonly cut: Cut; readonly sprung: () => void } | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<Tunnel> {
    const server = createServer();
    const tunnel = new Tunnel(server);
    server.on('connection', (near) => {
      if (tunnel.#isClosed) near.destroy();
      else tunnel.#join(near, connect(port, '127.0.0.1'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return tunnel;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Is cut, and lets nobody through while something is done. */
  async closeFor(work: () => Promise<unknown>): Promise<void> {
    this.#isClosed = true;
    this.cut();
    await work();
    this.#isClosed = false;
  }

  /** Cuts the connection on which a request goes by that holds a text; resolves when it has. */
  cutAt(mark: string, cut: Cut): Promise<void> {
    return new Promise((sprung) => {
      this.#trap = { mark, cut, sprung };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #join(near: Socket, far: Socket): void {
    const cut = () => {
      near.destroy();
      far.destroy();
    };
    let isAnswerLost = false;
    near.on('data', (data) => {
      const trap = this.#trap;
      if (!trap || !data.includes(trap.mark)) return void far.write(data);
      this.#trap = undefined;
      if (trap.cut === 'before') {
        cut();
        return trap.sprung();
      }
      isAnswerLost = true;
      far.once('data', trap.sprung);
      far.write(data);
    });
    far.on('data', (data) => {
      if (isAnswerLost) cut();
      else near.write(data);
    });
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        cut();
      });
    }
  }
}

/** Sidecars that are started one after the other on the same socket and the same store. */
export class RedisSite implements Site {
  readonly storeFails = true;
  readonly #options: Parameters<typeof startSidecar>[0];
  #sidecar: Promise<Sidecar>;

  private constructor(options: Parameters<typeof startSidecar>[0]) {
    this.#options = options;
    this.#sidecar = startSidecar(options);
  }

  /** With further settings by environment variable. */
  static async open(storage: string, env: Readonly<Record<string, string>> = {}): Promise<RedisSite> {
    return new RedisSite({ listen: `unix:${await temporaryFolder()}/s.sock`, storage, env });
  }

  get sidecar(): Promise<Sidecar> {
    return this.#sidecar;
  }

  /** Kills the process, and starts another. */
  async kill(): Promise<void> {
    const ending = this.#sidecar;
    this.#sidecar = (async () => {
      const sidecar = await ending;
      await sidecar.end('SIGKILL');
      sidecar.connection.close();
      return startSidecar(this.#options);
    })();
    await this.#sidecar;
  }
}

/** Several sites on one store, of which each call goes to another. */
export class Sites implements Site {
  readonly storeFails = true;
  readonly partitions: number;
  readonly #all: readonly Site[];
  #calls = 0;

  constructor(all: readonly Site[], partitions: number) {
    this.#all = all;
    this.partitions = partitions;
  }

  get sidecar(): Promise<Sidecar> {
    this.#calls += 1;
    return this.#all[this.#calls % this.#all.length]!.sidecar;
  }
}

export async function until(holds: () => Promise<boolean>, ms = 20_000): Promise<void> {
  for (const began = Date.now(); !(await holds()); await sleep(20)) {
    if (Date.now() - began > ms) throw new Error(`it does not come about within ${ms} ms`);
  }
}

/** Whether a server answers, and has loaded its data. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return String(answer).startsWith('+PONG');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
