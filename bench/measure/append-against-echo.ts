import { WireConnection } from '../load/wire.js';
import { type Cost, costOf, ways } from '../measurement.js';
import { appendRequest, path, userEvent } from '../messages.js';
import { type Figure, figure, type Limit } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startBare, startTrackside } from '../server-process.js';

const rounds = { full: 9, paced: 5 } as const;

/** The server CPU of an append of one event of 1 KiB, as a multiple of what bare servers take for an echo. */
export async function appendAgainstEcho(engine: 'memory' | 'sqlite', limit: Limit): Promise<Figure[]> {
  const servers = [
    await startTrackside(engine),
    await startBare('echo-grpc-js'),
    await startBare('echo-nice-grpc'),
  ];
  try {
    const [trackside, grpcJs, niceGrpc] = await Promise.all(servers.map(caller));
    const figures: Figure[] = [];
    for (const way of ['full', 'paced'] as const) {
      const results = await alternate(rounds[way], {
        trackside: () => trackside!(way),
        grpcJs: () => grpcJs!(way),
        niceGrpc: () => niceGrpc!(way),
      });
      figures.push(...figuresOf(`append-${engine}`, way, results, limit));
    }
    return figures;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Appends to 64 conversations in turn. */
async function caller(server: ServerProcess): Promise<(way: keyof typeof ways) => Promise<Cost>> {
  const connection = await WireConnection.open(server.address, path('AppendEvents'));
  const requests = Array.from({ length: 64 }, (_, i) => appendRequest(`customer-${i}`, [userEvent(1_024)]));
  let calls = 0;
  const call = () => connection.unary(requests[calls++ % requests.length]!());
  return (way) => costOf(server, () => ways[way](call));
}

type Results = readonly Readonly<Record<'trackside' | 'grpcJs' | 'niceGrpc', Cost>>[];

function figuresOf(name: string, way: keyof typeof ways, results: Results, limit: Limit): Figure[] {
  const of = (side: keyof Results[number], key: keyof Cost) => results.map((result) => result[side][key]);
  const ratio = (side: 'grpcJs' | 'niceGrpc') =>
    results.map((result) => result.trackside.serverMicros / result[side].serverMicros);
  const at = `${name}.${way === 'full' ? '16-in-flight' : '1000-per-second'}`;
  return [
    figure(`${at}.to-bare-grpc-js`, 'x', ratio('grpcJs'), way === 'full' ? limit : undefined),
    figure(`${at}.to-bare-nice-grpc`, 'x', ratio('niceGrpc')),
    figure(`${at}.server-cpu`, 'µs/call', of('trackside', 'serverMicros')),
    figure(`${at}.bare-grpc-js-cpu`, 'µs/call', of('grpcJs', 'serverMicros')),
    figure(`${at}.bare-nice-grpc-cpu`, 'µs/call', of('niceGrpc', 'serverMicros')),
    figure(`${at}.generator-cpu`, 'µs/call', of('trackside', 'clientMicros')),
    figure(`${at}.rate`, 'calls/s', of('trackside', 'callsPerSecond')),
  ];
}
