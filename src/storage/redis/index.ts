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
import { Lines, type LinesOptions } from './lines.js';
import { describeTarget, parseLocation } from './location.js';
import { openLock } from './lock.js';
import { Notices } from './notices.js';
import { Partitions } from './partitions.js';
import { openQueue } from './queue.js';
import { openRecord } from './record.js';
import { openTracker } from './tracker.js';

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
  const client = await newClient(target);
  const connection = new Connection(client);
  const durability = new Durabilities(client, target.durability);
  try {
    const identity = await atStart(connection, () => identify(connection, namespace, options.partitions));
    await durability.open();
    const partitions = new Partitions(connection, namespace, identity);
    const hints = new Hints(connection, target, namespace);
    const notices = new Notices(target, namespace);
    const lines = new Lines(partitions, notices, {
      dedupWindow: options.dedupWindow ?? dedupWindow,
      clock: options.clock ?? 'server',
    });
    return {
      tracker: openTracker(partitions, durability, hints),
      cache: openCache(partitions),
      record: openRecord(partitions),
      lock: openLock(lines),
      queue: openQueue(lines),
      describe: () => ({
        engine: 'redis',
        location: `${describeTarget(target)}, namespace ${namespace}`,
        durability: durability.describe(),
      }),
      ping: async () => {
        await connection.call('ping');
      },
      [Symbol.asyncDispose]: async () => {
        await notices[Symbol.asyncDispose]();
        await connection[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
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
