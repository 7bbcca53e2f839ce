import { Worker } from 'node:worker_threads';
import type { TracksideError } from '../../errors.js';
import { errorOf, textOf } from './errors.js';
import type { Operations, Request, Response, WriterData } from './protocol.js';

/** A small young generation keeps an idle process small; the old one has room for the largest batches. */
const resourceLimits = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 };

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * The write thread as the main thread sees it. A commit waits for the disk there, so that calls and feeds
 * don't. Requests take effect in the order in which they were made.
 */
export class Writer {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #nextId = 1;
  #failure: TracksideError | undefined;

  constructor(data: WriterData) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: data, resourceLimits });
    this.#worker.on('message', (response: Response) => this.#settle(response));
    this.#worker.on('error', (error: unknown) => this.#end(textOf(error)));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#end(`the write thread ended with ${code}`);
        resolve();
      });
    });
  }

  /** Has an operation done; rejects with what a client is told. */
  request<Name extends keyof Operations>(
    operation: Name,
    ...given: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    if (this.#failure) return Promise.reject(this.#failure);
    const request: Request = { id: this.#nextId++, operation, arguments: given };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve: resolve as Waiting['resolve'], reject });
      this.#worker.postMessage(request);
    });
  }

  /** Finishes what was asked for, closes the file and ends the thread. */
  async close(): Promise<void> {
    const closed = this.request('close').finally(() => this.#ended);
    this.#failure ??= unavailable('the store is closed');
    await closed;
  }

  #settle(response: Response): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if ('failure' in response) waiting?.reject(errorOf(response.failure));
    else waiting?.resolve(response.result);
  }

  /** Nobody answers any more: what waits is told, and so is what comes. */
  #end(detail: string): void {
    this.#failure ??= unavailable(detail);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}

function unavailable(detail: string): TracksideError {
  return errorOf({ reason: 'STORE_UNAVAILABLE', message: 'the SQLite store is not served any more', detail });
}
