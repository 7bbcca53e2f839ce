import { redis, redisCluster, redisSentinel } from './harnesses/redis.js';
import { runTrackerConformance } from './suite.js';

for (const harness of [redis, redisSentinel, redisCluster]) runTrackerConformance(harness);
