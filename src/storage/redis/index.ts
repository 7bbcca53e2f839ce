import { setTimeout as sleep } from 'node:timers/promises';
import { TracksideError } from '../../errors.js';
import type { Backend, OpenOptions } from '../ports/backend.js';
import { openCache } from './cache.js';
import { newClient } from './client.js';
import { Connection } from './connection.js';
import { Durabilities } from './durability.js';
import { unavailable } from './errors.js';
import { Hints } from './hints.js';
import { identify } from './identity.js';
import { metaKeys } from './layout.js';
import { Lines, type LinesOptions } from './lines.js';
import { describeTarget, parseLocation } from './location.js';
import { openLock } from './lock.js';
import { Notices } from './notices.js';
import { Partitions } from './partitions.js';
import { openQueue } from './queue.js';
import { openRecord } from './record.js';
import { openTracker } from './tracker.js';
import { Waits } from './waits.js';

/** How long a server may take to be there at the start. */
const startMs = 10_000;
const retryMs = 100;

/** How long a dedup id is refused where nothing else is said. */
const dedupWindow = 300_000_000;

/** Opens the store in a namespace of a Redis server, made where there is none. */
export async function open(
  location: string,
  options: OpenOptions & Partial<Pick<LinesOptions, 'clock'>>,
  scheme: string,
): Promise<Backend> {
  const target = parseLocation(scheme, location);
  const { namespace } = target;
  const connection = new Connection(await newClient(target));
  // A connection that waits carries out nothing else meanwhile.
  const appends = target.wait ? new Connection(await newClient(target)) : connection;
  const durability = new Durabilities(appends.client, target);
  const close = async () => {
    for (const one of new Set([connection, appends])) await one[Symbol.asyncDispose]();
  };
  try {
    const identity = await atStart(connection, () => identify(connection, namespace, options.partitions));
    await appends.ready();
    await durability.open();
    const partitions = new Partitions(connection, namespace, identity);
    const waits =
      target.wait && new Waits(appends.client, target.wait, metaKeys(namespace, identity.partitions));
    await waits?.open();
    const appending = { settling: durability.settling(waits), runner: appends };
    const hints = new Hints(connection, target, namespace);
    const notices = new Notices(target, namespace);
    const lines = new Lines(partitions, notices, {
      dedupWindow: options.dedupWindow ?? dedupWindow,
      clock: options.clock ?? 'server',
    });
    return {
      tracker: openTracker(partitions, appending, hints, {
        isCluster: target.topology.kind === 'cluster',
        ...options,
      }),
      cache: openCache(partitions),
      record: openRecord(partitions),
      lock: openLock(lines),
      queue: openQueue(lines),
      describe: async () => ({
        engine: 'redis',
        location: `${describeTarget(target)}, namespace ${namespace}`,
        ...(await durability.describe()),
      }),
      ping: async () => {
        await connection.call('ping');
      },
      [Symbol.asyncDispose]: async () => {
        await notices[Symbol.asyncDispose]();
        await close();
      },
    };
  } catch (error) {
    await close();
    if (!isUnavailable(error)) throw error;
    throw unavailable(`storage: ${error.message}: ${describeTarget(target)}`, error.cause);
  }
}

/** Waits for a server that is not there yet, or loads its data, up to the limit. */
async function atStart<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + startMs;
  for (;;) {
    await connection.ready(deadline - Date.now());
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > deadline) throw error;
      await sleep(retryMs);
    }
  }
}

function isUnavailable(error: unknown): error is TracksideError {
  return error instanceof TracksideError && error.reason === 'STORE_UNAVAILABLE';
}
