import { WireConnection } from '../load/wire.js';
import { type Cost, costOf, ways } from '../measurement.js';
import { appendRequest, path, userEvent } from '../messages.js';
import { type RedisServer, startRedis } from '../redis-server.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startBare, startTracksideOn } from '../server-process.js';

const rounds = 9;

/** The server CPU of an append of 1 KiB on Redis, as a multiple of a bare handler that does one EVALSHA of the same bytes. */
export async function redisAppend(): Promise<Figure[]> {
  const redis = await startRedis();
  const trackside = await startTracksideOn(redis.url);
  const bare = await startBare('redis-grpc-js', `${redis.port}`);
  try {
    const results = await alternate(rounds, {
      trackside: await caller(trackside, redis),
      bare: await caller(bare, redis),
    });
    const of = (side: keyof (typeof results)[number], key: keyof Cost) =>
      results.map((one) => one[side][key]);
    const ratios = (key: keyof Cost) => results.map(({ trackside, bare }) => trackside[key] / bare[key]);
    return [
      figure('redis-append.to-bare-evalsha', 'x', ratios('serverMicros'), { atMost: 1.5 }),
      figure('redis-append.server-cpu', 'µs/call', of('trackside', 'serverMicros')),
      figure('redis-append.bare-cpu', 'µs/call', of('bare', 'serverMicros')),
      figure('redis-append.redis-cpu', 'µs/call', of('trackside', 'storeMicros')),
      figure('redis-append.redis-cpu-of-bare', 'µs/call', of('bare', 'storeMicros')),
      figure('redis-append.rate', 'calls/s', of('trackside', 'callsPerSecond')),
      figure('redis-append.bare-rate', 'calls/s', of('bare', 'callsPerSecond')),
    ];
  } finally {
    for (const one of [trackside, bare, redis]) await one.stop();
  }
}

/** Appends to 64 conversations in turn, 16 at a time, and reads what that took of the server and of Redis. */
async function caller(server: ServerProcess, redis: RedisServer): Promise<() => Promise<Cost>> {
  const connection = await WireConnection.open(server.address, path('AppendEvents'));
  const requests = Array.from({ length: 64 }, (_, i) => appendRequest(`customer-${i}`, [userEvent(1_024)]));
  let calls = 0;
  const call = () => connection.unary(requests[calls++ % requests.length]!());
  return () => costOf(server, () => ways.full(call), redis);
}
