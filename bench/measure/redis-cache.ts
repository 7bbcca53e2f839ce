import { saturate } from '../load/drive.js';
import { WireConnection } from '../load/wire.js';
import { costOf } from '../measurement.js';
import { cachePath, getEntryRequest, setEntryRequest } from '../messages.js';
import { startRedis } from '../redis-server.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startBare, startTracksideOn } from '../server-process.js';

const rounds = 9;
const inFlight = 16;
const keys = Array.from({ length: 64 }, (_, i) => `customer-${i}`);
const requestOf = { SetEntry: setEntryRequest, GetEntry: getEntryRequest } as const;
type Method = keyof typeof requestOf;

/** The server CPU of writing and reading 1 KiB on Redis, as a multiple of a bare handler that does one SET or GET. */
export async function redisCache(): Promise<Figure[]> {
  const redis = await startRedis();
  const trackside = await startTracksideOn(redis.url);
  const bare = await startBare('redis-grpc-js', `${redis.port}`);
  try {
    const figures: Figure[] = [];
    for (const [method, name] of [
      ['SetEntry', 'redis-cache.set-entry'],
      ['GetEntry', 'redis-cache.get-entry'],
    ] as const) {
      const results = await alternate(rounds, {
        trackside: await caller(method, trackside),
        bare: await caller(method, bare),
      });
      const of = (side: keyof (typeof results)[number]) => results.map((one) => one[side].serverMicros);
      const ratios = results.map(({ trackside, bare }) => trackside.serverMicros / bare.serverMicros);
      figures.push(
        figure(`${name}.to-bare-${method === 'SetEntry' ? 'set' : 'get'}`, 'x', ratios, { atMost: 1.3 }),
        figure(`${name}.server-cpu`, 'µs/call', of('trackside')),
        figure(`${name}.bare-cpu`, 'µs/call', of('bare')),
      );
    }
    return figures;
  } finally {
    for (const one of [trackside, bare, redis]) await one.stop();
  }
}

/** Calls for 64 keys in turn. */
async function caller(method: Method, server: ServerProcess) {
  const connection = await WireConnection.open(server.address, cachePath(method));
  const requests = keys.map(requestOf[method]);
  let calls = 0;
  const call = () => connection.unary(requests[calls++ % requests.length]!);
  return () => costOf(server, () => saturate(call, inFlight, 1_000));
}
