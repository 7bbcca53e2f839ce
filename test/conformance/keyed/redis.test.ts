import { redis, redisCluster, redisSentinel } from '../harnesses/redis.js';
import { runKeyedConformance } from './suite.js';

for (const harness of [redis, redisSentinel, redisCluster]) runKeyedConformance(harness);
