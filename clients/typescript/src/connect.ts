import { type Channel, createChannel } from 'nice-grpc';
import { CacheService } from '#gen/trackside/v1/cache_service_pb.js';
import { LockService } from '#gen/trackside/v1/lock_service_pb.js';
import { QueueService } from '#gen/trackside/v1/queue_service_pb.js';
import { RecordService } from '#gen/trackside/v1/record_service_pb.js';
import { StoreService } from '#gen/trackside/v1/store_service_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { targetOf } from './address.js';
import { type ClientOf, clientOf, pipelinedClientOf } from './client.js';
import { Pipeline } from './pipeline/pipeline.js';

export type TrackerClient = ClientOf<typeof TrackerService>;
export type LockClient = ClientOf<typeof LockService>;
export type QueueClient = ClientOf<typeof QueueService>;
export type CacheClient = ClientOf<typeof CacheService>;
export type RecordClient = ClientOf<typeof RecordService>;
export type StoreClient = ClientOf<typeof StoreService>;

/** Clients of all services, over one connection. */
export interface Connection {
  readonly tracker: TrackerClient;
  readonly lock: LockClient;
  readonly queue: QueueClient;
  readonly cache: CacheClient;
  readonly record: RecordClient;
  readonly store: StoreClient;
  /** For clients of other services. */
  readonly channel: Channel;
  /** Ends everything under way. Until then an open stream keeps the process alive. */
  close(): void;
}

export interface ConnectOptions {
  /** False makes every call one of its own. Default: true. */
  readonly pipeline?: boolean;
}

/**
 * Makes clients for `HOST:PORT`, `unix:PATH` or `unix:///PATH`. They connect with the first call, and again with
 * the next one after the connection broke; calls under way then fail with UNAVAILABLE.
 *
 * Unary calls go as frames of one stream (PipelineService), which costs a fraction of a call of its own. Those
 * with a wait_duration, metadata, or callbacks for headers are calls of their own. The signal of a pipelined call
 * makes the client give up the answer, while the server goes on with the call.
 */
export function connect(address: string, options: ConnectOptions = {}): Connection {
  const channel = openChannel(address);
  const pipeline = new Pipeline(channel);
  const client: typeof clientOf =
    options.pipeline === false
      ? clientOf
      : (service, channel) => pipelinedClientOf(service, channel, pipeline);
  return {
    tracker: client(TrackerService, channel),
    lock: client(LockService, channel),
    queue: client(QueueService, channel),
    cache: client(CacheService, channel),
    record: client(RecordService, channel),
    store: client(StoreService, channel),
    channel,
    close: () => {
      pipeline.close();
      channel.close();
    },
  };
}

/** A channel that is back soon after its server, and finds out when the other end is gone without a word. */
export function openChannel(address: string): Channel {
  return createChannel(targetOf(address), undefined, {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
}
