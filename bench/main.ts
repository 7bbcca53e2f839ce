import { appendAgainstEcho } from './measure/append-against-echo.js';
import { appendLong } from './measure/append-long.js';
import { blockedPop } from './measure/blocked-pop.js';
import { clientRate } from './measure/client-rate.js';
import { coldStart } from './measure/cold-start.js';
import { delivery } from './measure/delivery.js';
import { fanOut } from './measure/fan-out.js';
import { fullStore } from './measure/full-store.js';
import { getTracker } from './measure/get-tracker.js';
import { lockHandOver } from './measure/lock-hand-over.js';
import { queueRate } from './measure/queue-rate.js';
import { redisAppend } from './measure/redis-append.js';
import { redisAppendLong } from './measure/redis-append-long.js';
import { redisCache } from './measure/redis-cache.js';
import { redisDelivery } from './measure/redis-delivery.js';
import { redisLockHandOver } from './measure/redis-lock-hand-over.js';
import { redisMemory } from './measure/redis-memory.js';
import { cacheCalls, pipelinedCalls } from './measure/small-calls.js';
import { tenWorkers } from './measure/ten-workers.js';
import { throughput } from './measure/throughput.js';
import { type Figure, machine, table, writeReport } from './report.js';

/** The measurements by name, in the order in which they run. */
const measurements: Readonly<Record<string, () => Promise<Figure[]>>> = {
  'append-memory': () => appendAgainstEcho('memory', { atMost: 1.5 }),
  'append-sqlite': () => appendAgainstEcho('sqlite', { atMost: 2.5 }),
  'append-long': appendLong,
  'get-tracker': getTracker,
  delivery,
  'fan-out': fanOut,
  throughput,
  cache: cacheCalls,
  pipeline: pipelinedCalls,
  client: clientRate,
  'lock-hand-over-memory': () => lockHandOver('memory'),
  'lock-hand-over-sqlite': () => lockHandOver('sqlite'),
  'ten-workers': tenWorkers,
  'blocked-pop-memory': () => blockedPop('memory'),
  'blocked-pop-sqlite': () => blockedPop('sqlite'),
  'queue-rate': queueRate,
  'full-store-memory': () => fullStore('memory'),
  'full-store-sqlite': () => fullStore('sqlite'),
  'redis-append': redisAppend,
  'redis-cache': redisCache,
  'redis-delivery': redisDelivery,
  'redis-lock-hand-over': redisLockHandOver,
  'redis-append-long': redisAppendLong,
  'redis-memory': redisMemory,
  'cold-start': coldStart,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in measurements));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(measurements).join(', ')}`);
  process.exit(2);
}
const figures = machine();
for (const name of names.length > 0 ? names : Object.keys(measurements)) {
  console.error(`measuring ${name} …`);
  figures.push(...(await measurements[name]!()));
}
console.log(table(figures).join('\n'));
console.log(`\nalso in ${await writeReport(figures)}`);
