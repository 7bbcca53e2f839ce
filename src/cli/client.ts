import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import { type Channel, type Client, createChannel, createClientFactory } from 'nice-grpc';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { targetOf } from './address.js';
import { type Definition, definitionOf } from './definition.js';
import { keepDetails } from './failure.js';

/** A client of a generated service. `reasonOf` tells why one of its calls failed. */
export type ClientOf<Service> =
  Service extends GenService<infer Methods> ? Client<Definition<Methods>> : never;

/** A client of the TrackerService. */
export type TrackerClient = ClientOf<typeof TrackerService>;

/** A client of the TrackerService with its channel, which other services' clients may share. */
export interface Connection {
  readonly tracker: TrackerClient;
  readonly channel: Channel;
  close(): void;
}

/** Makes a client for `HOST:PORT`, `unix:PATH` or `unix:///PATH`. It connects with the first call. */
export function connect(address: string): Connection {
  const channel = openChannel(address);
  return { tracker: clientOf(TrackerService, channel), channel, close: () => channel.close() };
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

/** A client of any generated service. */
export function clientOf<Methods extends GenServiceMethods>(
  service: GenService<Methods>,
  channel: Channel,
): Client<Definition<Methods>> {
  return createClientFactory().use(keepDetails).create(definitionOf(service), channel);
}
