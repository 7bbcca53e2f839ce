import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sidecar, startSidecar, temporaryFolder } from '../e2e/sidecar.js';

/** A place where processes are started one after the other on the same socket and the same SQLite file. */
export class Site {
  readonly #listen: string;
  readonly #file: string;
  readonly #env: Readonly<Record<string, string>>;
  #sidecar: Promise<Sidecar>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#listen = `unix:${join(folder, 's.sock')}`;
    this.#file = join(folder, 'trackside.db');
    this.#env = env;
    this.#sidecar = this.#start();
  }

  /** With further settings by environment variable. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Site> {
    return new Site(await temporaryFolder(), env);
  }

  get file(): string {
    return this.#file;
  }

  /** The process that runs, or is being started. */
  get sidecar(): Promise<Sidecar> {
    return this.#sidecar;
  }

  /** Ends the process, does something to what it leaves behind, and starts another. */
  async restart(signal: NodeJS.Signals, between: () => Promise<void> = async () => {}): Promise<void> {
    const ending = this.#sidecar;
    this.#sidecar = (async () => {
      const sidecar = await ending;
      await sidecar.end(signal);
      sidecar.connection.close();
      await between();
      return this.#start();
    })();
    await this.#sidecar;
  }

  /** Copies the store, which no process has open, or puts a copy back. */
  async copyStore(way: 'away' | 'back'): Promise<void> {
    for (const suffix of ['', '-wal']) {
      const [here, there] = [`${this.#file}${suffix}`, `${this.#file}.copy${suffix}`];
      const [from, to] = way === 'away' ? [here, there] : [there, here];
      await rm(to, { force: true });
      await copyFile(from, to).catch((error: NodeJS.ErrnoException) => {
        if (suffix === '' || error.code !== 'ENOENT') throw error;
      });
    }
    if (way === 'back') await rm(`${this.#file}-shm`, { force: true });
  }

  #start(): Promise<Sidecar> {
    return startSidecar({ listen: this.#listen, storage: `sqlite:${this.#file}`, env: this.#env });
  }
}
