import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Sidecar, startSidecar, temporaryFolder } from '../e2e/sidecar.js';

/** A Redis server that flushes each write to its file, so that it may be killed at any moment. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await temporaryFolder());
    await server.#run();
    return server;
  }

  async kill(): Promise<void> {
    const child = this.#child!;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #run(): Promise<void> {
    const options = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    this.#child = spawn('redis-server', [...options, '--appendonly', 'yes', '--appendfsync', 'always'], {
      stdio: 'ignore',
    });
    await until(() => answers(this.port));
  }
}

/** A way to a server that can be cut, with whatever is on it. */
export class Tunnel implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<Tunnel> {
    const server = createServer();
    const tunnel = new Tunnel(server);
    server.on('connection', (near) => tunnel.#join(near, connect(port, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return tunnel;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}

/** Sidecars that are started one after the other on the same socket and the same store. */
export class RedisSite {
  readonly storeFails = true;
  readonly #options: { readonly listen: string; readonly storage: string };
  #sidecar: Promise<Sidecar>;

  private constructor(listen: string, storage: string) {
    this.#options = { listen, storage };
    this.#sidecar = startSidecar(this.#options);
  }

  static async open(storage: string): Promise<RedisSite> {
    return new RedisSite(`unix:${await temporaryFolder()}/s.sock`, storage);
  }

  get sidecar(): Promise<Sidecar> {
    return this.#sidecar;
  }

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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
