import { repeat } from '../load/drive.js';
import { WireConnection } from '../load/wire.js';
import { appendWithoutId, path, userEvent } from '../messages.js';
import { type RedisServer, startRedis } from '../redis-server.js';
import { type Figure, figure } from '../report.js';
import { startTracksideOn } from '../server-process.js';

const rounds = 8;
const eventsPerRound = 5_000;
const conversations = 500;

/**
 * What Redis holds in memory for each event whose data is 1 KiB, the feed and the indexes included, beside the same data
 * in a plain hash. A round adds events; its value is the mean over all that are there.
 */
export async function redisMemory(): Promise<Figure[]> {
  const redis = await startRedis();
  const server = await startTracksideOn(redis.url);
  try {
    const event = userEvent(1_024);
    const connection = await WireConnection.open(server.address, path('AppendEvents'));
    const requests = Array.from({ length: conversations }, (_, i) => appendWithoutId(`customer-${i}`, event));
    let calls = 0;
    const append = () => connection.unary(requests[calls++ % conversations]!);
    const stored = await growth(redis, append);
    let fields = 0;
    const bare = await growth(redis, () => redis.client.hset('bare', `${fields++}`, event.data));
    return [
      figure('redis-memory.event', 'KiB', stored, { atMost: 1.6 }),
      figure('redis-memory.bare-hash', 'KiB', bare),
    ];
  } finally {
    for (const one of [server, redis]) await one.stop();
  }
}

async function growth(redis: RedisServer, add: () => Promise<unknown>): Promise<readonly number[]> {
  const before = await kibibytes(redis);
  const means: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    await repeat(add, 16, eventsPerRound);
    means.push(((await kibibytes(redis)) - before) / (round * eventsPerRound));
  }
  return means;
}

async function kibibytes({ client }: RedisServer): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1]) / 1_024;
}
