import { startRedis } from '../redis-server.js';
import type { Figure } from '../report.js';
import { startTracksideOn } from '../server-process.js';
import { longAndEmpty, longToEmpty } from './append-long.js';

/** An append to conversations of 12,000 events on Redis: what it costs the sidecar, and what Redis. */
export async function redisAppendLong(): Promise<Figure[]> {
  const redis = await startRedis();
  const server = await startTracksideOn(redis.url);
  try {
    const results = await longAndEmpty(server, redis);
    return [
      ...longToEmpty('redis-append-long.sidecar', 'server', results),
      ...longToEmpty('redis-append-long.redis', 'store', results),
    ];
  } finally {
    for (const one of [server, redis]) await one.stop();
  }
}
