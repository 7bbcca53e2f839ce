import { readFile } from 'node:fs/promises';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { TracksideError } from '../../errors.js';
import { textOf } from './errors.js';
import type { Target } from './location.js';

export type Client = Redis | Cluster;

/** How long a connection, or an answer, may take. */
const connectMs = 5_000;
const answerMs = 5_000;

/** Between attempts to connect, which go on as long as the client is open; calls do not wait for them. */
const retryMs = (times: number) => Math.min(50 * 2 ** Math.min(times, 5), 1_000);

/**
 * Makes a client, which begins to connect. Nothing is sent twice by it: whether it took effect is not known. One that
 * subscribes is for nothing else.
 */
export async function newClient(
  target: Target,
  { subscribes = false }: { readonly subscribes?: boolean } = {},
): Promise<Client> {
  const { topology } = target;
  const options = await optionsOf(target);
  switch (topology.kind) {
    case 'single':
      return new Redis({ ...options, ...topology.server });
    case 'socket':
      return new Redis({ ...options, path: topology.path });
    case 'sentinel':
      return new Redis({
        ...options,
        sentinels: [...topology.sentinels],
        name: topology.name,
        sentinelUsername: target.sentinelUsername,
        sentinelPassword: target.sentinelPassword,
        sentinelRetryStrategy: retryMs,
        sentinelCommandTimeout: answerMs,
        failoverDetector: true,
        enableTLSForSentinelMode: target.tls !== undefined,
        sentinelTLS: options.tls,
      });
    case 'cluster': {
      const { retryStrategy: _, enableOfflineQueue: __, ...redisOptions } = options;
      return new Cluster([...topology.seeds], {
        redisOptions,
        clusterRetryStrategy: retryMs,
        // A node is connected to when it is needed, with a queue that ends with the attempt.
        enableOfflineQueue: true,
        retryDelayOnFailover: 0,
        slotsRefreshTimeout: connectMs,
        shardedSubscribers: subscribes,
        // Certificates name hosts, not the addresses that these are looked up to.
        ...(target.tls && { dnsLookup: (host, callback) => callback(null, host) }),
      });
    }
  }
}

async function optionsOf(target: Target) {
  return {
    username: target.username,
    password: target.password,
    db: target.database,
    tls: target.tls && (await certificates(target.tls)),
    connectTimeout: connectMs,
    disconnectTimeout: 500,
    // Answers come in order: as long as any comes, none is stuck.
    socketTimeout: answerMs,
    retryStrategy: retryMs,
    // A command that cannot be sent at once is refused, and so is one whose connection ends.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // INFO may be denied; a server that loads its data says so to each command.
    enableReadyCheck: false,
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
    disableClientInfo: true,
  } satisfies RedisOptions;
}

async function certificates(paths: NonNullable<Target['tls']>): Promise<NonNullable<RedisOptions['tls']>> {
  const read = async (path: string | undefined) => {
    try {
      return path === undefined ? undefined : await readFile(path);
    } catch (error) {
      throw new TracksideError('INVALID_REQUEST', `storage: ${path} can't be read (${textOf(error)})`);
    }
  };
  const [ca, cert, key] = await Promise.all([read(paths.ca), read(paths.cert), read(paths.key)]);
  return { ca, cert, key };
}
