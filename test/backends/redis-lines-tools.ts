import { identify } from '#src/storage/redis/identity.js';
import { Lines, type LinesOptions } from '#src/storage/redis/lines.js';
import { parseLocation } from '#src/storage/redis/location.js';
import { openLock } from '#src/storage/redis/lock.js';
import { Notices } from '#src/storage/redis/notices.js';
import { Partitions } from '#src/storage/redis/partitions.js';
import { openQueue } from '#src/storage/redis/queue.js';
import type { Runner } from '#src/storage/redis/script.js';

/** Locks and queues in a namespace of a server, whose scripts go through a runner. */
export async function linesOn(
  runner: Runner,
  url: string,
  namespace: string,
  { partitions, ...options }: LinesOptions & { readonly partitions: number },
) {
  const identity = await identify(runner, namespace, partitions);
  const colon = url.indexOf(':');
  const target = parseLocation(url.slice(0, colon), url.slice(colon + 1));
  const notices = new Notices(target, namespace);
  const lines = new Lines(new Partitions(runner, namespace, identity), notices, options);
  return { lock: openLock(lines), queue: openQueue(lines) };
}
