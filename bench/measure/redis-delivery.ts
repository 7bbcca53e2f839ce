import { delayFigures } from '../delays.js';
import { queueRelays } from '../queue-relay.js';
import { startRedis } from '../redis-server.js';
import type { Figure } from '../report.js';
import { alternate } from '../rounds.js';
import { startBare, startTracksideOn } from '../server-process.js';
import { deliveries } from './delivery.js';

const rounds = 5;

/**
 * From a writer's call of one sidecar to a subscriber's seeing the event at another, beside what two bare servers take to
 * relay a call's message by PUBLISH. The event is persisted in between: the limit is for more than what it is about, as
 * the time from the answer falls below zero where a machine is too busy.
 */
export async function redisDelivery(): Promise<Figure[]> {
  const redis = await startRedis();
  const [writing, followed] = [await startTracksideOn(redis.url), await startTracksideOn(redis.url)];
  const [pushing, popping] = [
    await startBare('relay-redis', `${redis.port}`),
    await startBare('relay-redis', `${redis.port}`),
  ];
  const bare = await queueRelays(pushing, popping);
  try {
    const deliver = await deliveries(writing, followed);
    const results = await alternate(rounds, {
      delivery: () => deliver(2_000),
      bare: async () => ({ fromCall: await bare.pass(), fromAnswer: [] }),
    });
    return [
      ...delayFigures(
        'redis-delivery.from-call',
        results.map(({ delivery }) => delivery.fromCall),
        { atMost: 10 },
      ),
      ...delayFigures(
        'redis-delivery.from-answer',
        results.map(({ delivery }) => delivery.fromAnswer),
      ),
      ...delayFigures(
        'redis-delivery.bare-relay',
        results.map(({ bare }) => bare.fromCall),
      ),
    ];
  } finally {
    bare.close();
    for (const one of [writing, followed, pushing, popping, redis]) await one.stop();
  }
}
