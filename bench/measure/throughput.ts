import { saturate } from '../load/drive.js';
import { WireConnection } from '../load/wire.js';
import { appendRequest, path, turn } from '../messages.js';
import { type Figure, figure } from '../report.js';
import { startTrackside } from '../server-process.js';

const writers = 64;
const rounds = 5;

/** What 64 writers get into durable SQLite in appends of six events, and what that does to the event loop. */
export async function throughput(): Promise<Figure[]> {
  const server = await startTrackside('sqlite');
  try {
    const connection = await WireConnection.open(server.address, path('AppendEvents'));
    const requests = Array.from({ length: writers }, (_, i) => appendRequest(`writer-${i}`, turn));
    let calls = 0;
    const call = () => connection.unary(requests[calls++ % writers]!());
    const rates: number[] = [];
    const delays: { readonly p99: number; readonly max: number }[] = [];
    for (let round = 0; round <= rounds; round++) {
      await server.loopDelay();
      const load = await saturate(call, writers, 2_000);
      const delay = await server.loopDelay();
      if (round === 0) continue;
      rates.push((load.calls * turn.length) / load.seconds);
      delays.push(delay);
    }
    return [
      figure('throughput.events', 'events/s', rates, { atLeast: 20_000 }),
      figure(
        'throughput.loop-delay-p99',
        'ms',
        delays.map(({ p99 }) => p99),
        { atMost: 10 },
      ),
      figure(
        'throughput.loop-delay-max',
        'ms',
        delays.map(({ max }) => max),
      ),
    ];
  } finally {
    await server.stop();
  }
}
