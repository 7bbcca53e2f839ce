import { setMaxListeners } from 'node:events';
import {
  type Health as HealthService,
  HealthCheckResponse_ServingStatus as Status,
} from '#gen/grpc/health/v1/health_pb.js';
import { TracksideError } from '../errors.js';
import type { Handlers } from './define.js';

/** Tells which services are served: grpc.health.v1, with "" for the whole sidecar. */
export class Health {
  readonly #services: readonly string[];
  readonly #stopping = new AbortController();

  constructor(services: readonly string[]) {
    // One listener a watcher is meant, not a leak.
    setMaxListeners(0, this.#stopping.signal);
    this.#services = ['', ...services];
  }

  /** From now on nothing is served; watchers are told, and their streams end. */
  stop(): void {
    this.#stopping.abort(new TracksideError('SHUTTING_DOWN', 'the sidecar is stopping'));
  }

  readonly handlers: Handlers<typeof HealthService> = {
    check: async ({ service }) => {
      if (!this.#services.includes(service)) {
        throw new TracksideError('SERVICE_NOT_FOUND', `no service "${service}" is served here`);
      }
      return { status: this.#statusOf(service) };
    },
    list: async () => ({
      statuses: Object.fromEntries(
        this.#services.map((service) => [service, { status: this.#statusOf(service) }]),
      ),
    }),
    watch: ({ service }, { signal }) => this.#watch(service, signal),
  };

  async *#watch(service: string, ended: AbortSignal) {
    yield { status: this.#statusOf(service) };
    await anyAborted([ended, this.#stopping.signal]);
    ended.throwIfAborted();
    yield { status: this.#statusOf(service) };
    throw this.#stopping.signal.reason;
  }

  #statusOf(service: string): Status {
    if (!this.#services.includes(service)) return Status.SERVICE_UNKNOWN;
    return this.#stopping.signal.aborted ? Status.NOT_SERVING : Status.SERVING;
  }
}

/** Resolves when one of the signals aborts, and leaves nothing on the others. */
async function anyAborted(signals: readonly AbortSignal[]): Promise<void> {
  const done = new AbortController();
  if (signals.some((signal) => signal.aborted)) return;
  await new Promise<void>((resolve) => {
    for (const signal of signals) signal.addEventListener('abort', () => resolve(), { signal: done.signal });
  });
  done.abort();
}
