import { queueRelays } from '../queue-relay.js';
import { startRedis } from '../redis-server.js';
import type { Figure } from '../report.js';
import { startBare, startTracksideOn } from '../server-process.js';
import { handOvers } from './lock-hand-over.js';

/** From a release at one sidecar to a grant at another, beside two bare servers that relay a message by PUBLISH. */
export async function redisLockHandOver(): Promise<Figure[]> {
  const redis = await startRedis();
  const sidecars = [await startTracksideOn(redis.url), await startTracksideOn(redis.url)];
  const bareServers = [
    await startBare('relay-redis', `${redis.port}`),
    await startBare('relay-redis', `${redis.port}`),
  ] as const;
  const bare = await queueRelays(...bareServers);
  try {
    return await handOvers('redis-lock-hand-over', sidecars, bare, { atMost: 10 });
  } finally {
    bare.close();
    for (const one of [...sidecars, ...bareServers, redis]) await one.stop();
  }
}
