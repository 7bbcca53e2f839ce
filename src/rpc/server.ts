import { chmod } from 'node:fs/promises';
import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { file_google_rpc_error_details } from '#gen/google/rpc/error_details_pb.js';
import { Health as HealthService } from '#gen/grpc/health/v1/health_pb.js';
import { ServerReflection } from '#gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '#gen/grpc/reflection/v1alpha/reflection_pb.js';
import { CacheService } from '#gen/trackside/v1/cache_service_pb.js';
import { RecordService } from '#gen/trackside/v1/record_service_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { type Address, formatAddress } from '../config/address.js';
import { TracksideError } from '../errors.js';
import type { CacheStore } from '../storage/ports/cache.js';
import type { RecordStore } from '../storage/ports/record.js';
import { bindService, type Gate } from './bind.js';
import { cacheHandlers } from './cache/service.js';
import { Health } from './health.js';
import type { KeyedContext } from './keyed/context.js';
import { recordHandlers } from './record/service.js';
import { reflectionHandlers } from './reflection.js';
import { claimSocket } from './socket.js';
import type { TrackerContext } from './tracker/context.js';
import { trackerHandlers } from './tracker/service.js';

export interface RpcServerOptions {
  readonly tracker: TrackerContext;
  readonly cache: KeyedContext<CacheStore>;
  readonly record: KeyedContext<RecordStore>;
  readonly maxCalls: number;
  /** Hears of calls that failed through no fault of the client's. */
  readonly onDefect: (method: string, error: unknown) => void;
}

/** Owner and group: a bot in another container shares the group, not the user. */
const socketMode = 0o660;

/** The largest request: the largest append with room for its frame. */
const maxRequestBytes = 4 << 20;

const serverOptions: ServerOptions = {
  // Nobody asks for its statistics, which every call would pay for.
  'grpc.enable_channelz': 0,
  'grpc.max_receive_message_length': maxRequestBytes,
  // Finds clients that are gone without a word; idle ones that answer stay.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/** The gRPC server: the services, health and reflection on any number of addresses. */
export class RpcServer {
  readonly #server = new Server(serverOptions);
  readonly #health: Health;
  #stopping = false;

  constructor({ tracker, cache, record, maxCalls, onDefect }: RpcServerOptions) {
    const services = [TrackerService, CacheService, RecordService];
    this.#health = new Health(services.map(({ typeName }) => typeName));
    const shown = [...services, HealthService, ServerReflection];
    const reflection = reflectionHandlers(shown, [file_google_rpc_error_details]);
    const gate = this.#gate(maxCalls, onDefect);
    this.#server.addService(...bindService(TrackerService, trackerHandlers(tracker), gate));
    this.#server.addService(...bindService(CacheService, cacheHandlers(cache), gate));
    this.#server.addService(...bindService(RecordService, recordHandlers(record), gate));
    // Whether the sidecar is well can be asked when it takes no other call.
    const open = { ...gate, enter: () => {}, leave: () => {} };
    this.#server.addService(...bindService(HealthService, this.#health.handlers, open));
    this.#server.addService(...bindService(ServerReflection, reflection, gate));
    this.#server.addService(...bindService(ServerReflectionAlpha, reflection as never, gate));
  }

  /** Listens; resolves to the address with the port that was taken. */
  async listen(address: Address): Promise<Address> {
    if (address.kind === 'unix') await claimSocket(address.path);
    const target = address.kind === 'unix' ? `unix:${address.path}` : formatAddress(address);
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(target, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    if (address.kind === 'tcp') return { ...address, port };
    await chmod(address.path, socketMode);
    return address;
  }

  /** Reports NOT_SERVING and refuses new calls from now on. */
  refuse(): void {
    this.#stopping = true;
    this.#health.stop();
  }

  /** Resolves when the calls under way are done, or cut off after a time. */
  async close(graceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const cutOff = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#server.forceShutdown();
        // Connections to clients that read no more are not over by that.
        resolve();
      }, graceMs);
    });
    const done = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    await Promise.race([done, cutOff]);
    clearTimeout(timer);
  }

  #gate(maxCalls: number, onDefect: RpcServerOptions['onDefect']): Gate {
    let calls = 0;
    return {
      enter: () => {
        if (this.#stopping) throw new TracksideError('SHUTTING_DOWN', 'the sidecar is stopping; try again');
        if (calls >= maxCalls) {
          throw new TracksideError('OVERLOADED', `${maxCalls} calls are under way already`, {
            metadata: { limit: 'calls', max: `${maxCalls}` },
          });
        }
        calls += 1;
      },
      leave: () => {
        calls -= 1;
      },
      failed: (method, error) => {
        if (!(error instanceof TracksideError) || error.cause !== undefined) onDefect(method, error);
      },
    };
  }
}
