import { chmod } from 'node:fs/promises';
import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { file_google_rpc_error_details } from '#gen/google/rpc/error_details_pb.js';
import { Health as HealthService } from '#gen/grpc/health/v1/health_pb.js';
import { ServerReflection } from '#gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '#gen/grpc/reflection/v1alpha/reflection_pb.js';
import { CacheService } from '#gen/trackside/v1/cache_service_pb.js';
import { LockService } from '#gen/trackside/v1/lock_service_pb.js';
import { PipelineService } from '#gen/trackside/v1/pipeline_service_pb.js';
import { QueueService } from '#gen/trackside/v1/queue_service_pb.js';
import { RecordService } from '#gen/trackside/v1/record_service_pb.js';
import { StoreService } from '#gen/trackside/v1/store_service_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { type Address, formatAddress } from '../config/address.js';
import { shuttingDown, TracksideError, tooMany } from '../errors.js';
import type { CacheStore } from '../storage/ports/cache.js';
import type { RecordStore } from '../storage/ports/record.js';
import { bindService } from './bind.js';
import { cacheHandlers } from './cache/service.js';
import { served } from './define.js';
import { type Gate, pass } from './gate.js';
import { Health } from './health.js';
import type { KeyedContext } from './keyed/context.js';
import type { LockContext } from './lock/context.js';
import type { BeginRead } from './lock/hold-lock.js';
import { lockHandlers } from './lock/service.js';
import { maxRequestBytes } from './message.js';
import { pipelineMethods } from './pipeline/methods.js';
import { Pipelines } from './pipeline/service.js';
import type { QueueContext } from './queue/context.js';
import { queueHandlers } from './queue/service.js';
import { recordHandlers } from './record/service.js';
import { reflectionHandlers } from './reflection.js';
import { claimSocket } from './socket.js';
import { type StoreContext, storeHandlers } from './store/service.js';
import type { TrackerContext } from './tracker/context.js';
import { trackerReader } from './tracker/get-tracker.js';
import { trackerHandlers } from './tracker/service.js';

export interface RpcServerOptions {
  readonly tracker: TrackerContext;
  readonly cache: KeyedContext<CacheStore>;
  readonly record: KeyedContext<RecordStore>;
  readonly lock: LockContext;
  readonly queue: QueueContext;
  readonly store: StoreContext;
  readonly maxCalls: number;
  /** Hears of calls that failed through no fault of the client's. */
  readonly onDefect: (method: string, error: unknown) => void;
}

/** Owner and group: a bot in another container shares the group, not the user. */
const socketMode = 0o660;

const serverOptions: ServerOptions = {
  // Nobody asks for its statistics, which every call would pay for.
  'grpc.enable_channelz': 0,
  // What is larger than a request may be is told so; above this it is cut off, unread.
  'grpc.max_receive_message_length': 2 * maxRequestBytes,
  // Finds clients that stopped without a word within 10 seconds, for others may wait for their locks. Costs 25 µs of
  // CPU a second for an idle connection.
  'grpc.keepalive_time_ms': 3_000,
  'grpc.keepalive_timeout_ms': 7_000,
};

/** The gRPC server: the services, health and reflection on any number of addresses. */
export class RpcServer {
  readonly #server: Server;
  readonly #health: Health;
  readonly #pipelines: Pipelines;
  #stopping = false;

  constructor({ tracker, cache, record, lock, queue, store, maxCalls, onDefect }: RpcServerOptions) {
    const gate = this.#gate(maxCalls, onDefect);
    const services = [
      served(TrackerService, trackerHandlers(tracker)),
      served(CacheService, cacheHandlers(cache)),
      served(RecordService, recordHandlers(record)),
      served(LockService, lockHandlers(lock, gatedReader(tracker, gate))),
      served(QueueService, queueHandlers(queue)),
      served(StoreService, storeHandlers(store)),
    ];
    const { pipelineCalls } = tracker.limits;
    this.#pipelines = new Pipelines({ methods: pipelineMethods(services), gate, maxCalls: pipelineCalls });
    this.#server = new Server({ ...serverOptions, interceptors: [this.#pipelines.interceptor] });
    for (const { service, handlers } of services) {
      this.#server.addService(...bindService(service, handlers as never, gate));
    }
    this.#server.addService(...this.#pipelines.service);

    const ours = [...services.map(({ service }) => service), PipelineService];
    this.#health = new Health(ours.map(({ typeName }) => typeName));
    const shown = [...ours, HealthService, ServerReflection];
    const reflection = reflectionHandlers(shown, [file_google_rpc_error_details]);
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
    this.#pipelines.stop(shuttingDown());
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
        if (this.#stopping) throw shuttingDown();
        if (calls >= maxCalls) throw tooMany('calls are under way', 'calls', maxCalls);
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

/** Reads trackers for other calls, as GetTracker does: within the limit of calls, and with its failures logged. */
function gatedReader(tracker: TrackerContext, gate: Gate): BeginRead {
  const begin = trackerReader(tracker);
  return (request) => {
    const read = begin(request);
    return (fence) => pass(gate, 'GetTracker', () => read(fence));
  };
}
