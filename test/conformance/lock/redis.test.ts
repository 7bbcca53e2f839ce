import { redis, redisCluster, redisSentinel } from '../harnesses/redis.js';
import { runLockConformance } from './suite.js';

for (const harness of [redis, redisSentinel, redisCluster]) runLockConformance(harness);
