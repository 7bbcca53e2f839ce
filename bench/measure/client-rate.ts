import { connect } from '@trackside/client';
import { saturate } from '../load/drive.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { startTrackside } from '../server-process.js';

const inFlight = 64;

/** How many calls a second one client of ours gets, pipelined and as calls of their own: cache get of 1 KiB on memory. */
export async function clientRate(): Promise<Figure[]> {
  const server = await startTrackside('memory');
  const clients = [true, false].map((pipeline) => connect(server.address, { pipeline }));
  try {
    const value = { kind: { case: 'json' as const, value: JSON.stringify('x'.repeat(1_022)) } };
    await clients[0]!.cache.setEntry({ key: 'k', value });
    const [pipelined, plain] = clients.map(({ cache }) => async () => {
      const { calls, seconds } = await saturate(() => cache.getEntry({ key: 'k' }), inFlight, 1_000);
      return calls / seconds;
    });
    const results = await alternate(7, { pipelined: pipelined!, plain: plain! });
    return [
      figure(
        'client.pipelined-to-unary',
        'x',
        results.map(({ pipelined, plain }) => pipelined / plain),
        { atLeast: 4 },
      ),
      figure(
        'client.pipelined',
        'calls/s',
        results.map(({ pipelined }) => pipelined),
      ),
      figure(
        'client.unary',
        'calls/s',
        results.map(({ plain }) => plain),
      ),
    ];
  } finally {
    for (const client of clients) client.close();
    await server.stop();
  }
}
