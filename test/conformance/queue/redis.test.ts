import { redis, redisCluster, redisSentinel } from '../harnesses/redis.js';
import { runQueueConformance } from './suite.js';

for (const harness of [redis, redisSentinel, redisCluster]) runQueueConformance(harness);
