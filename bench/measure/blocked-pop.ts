import { delayFigures } from '../delays.js';
import { queueRelays } from '../queue-relay.js';
import type { Figure } from '../report.js';
import { alternate } from '../rounds.js';
import { startBare, startTrackside } from '../server-process.js';

const rounds = 5;

/** From a push to a waiting pop's answer, beside a bare server that hands over what it gets. */
export async function blockedPop(engine: 'memory' | 'sqlite'): Promise<Figure[]> {
  const servers = [await startTrackside(engine), await startBare('relay-grpc-js')] as const;
  const [ours, bare] = [await queueRelays(servers[0]), await queueRelays(servers[1])];
  try {
    const results = await alternate(rounds, { ours: () => ours.pass(), bare: () => bare.pass() });
    const name = `blocked-pop-${engine}`;
    return [
      ...delayFigures(
        name,
        results.map((result) => result.ours),
        { atMost: 3 },
      ),
      ...delayFigures(
        `${name}.bare-grpc-js`,
        results.map((result) => result.bare),
      ),
    ];
  } finally {
    for (const relays of [ours, bare]) relays.close();
    for (const server of servers) await server.stop();
  }
}
