import { WireConnection } from '../load/wire.js';
import { costOf, ways } from '../measurement.js';
import { appendRequest, getTrackerRequest, path, sessionStart, turn } from '../messages.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { startTrackside } from '../server-process.js';
import { conversations, writeLongConversations } from './long-conversation.js';

/** A session of 20 events. */
const session = [...sessionStart, ...turn, ...turn, ...turn];

/** GetTracker of a conversation's last session with 12,000 events before it, as a multiple of that session alone. */
export async function getTracker(): Promise<Figure[]> {
  const server = await startTrackside('sqlite');
  try {
    const ids = (kind: string) => Array.from({ length: conversations }, (_, i) => `${kind}-${i}`);
    await writeLongConversations(server.address, ids('long'));
    const writer = await WireConnection.open(server.address, path('AppendEvents'));
    for (const id of [...ids('long'), ...ids('alone')]) await writer.unary(appendRequest(id, session)());
    const reader = await WireConnection.open(server.address, path('GetTracker'));
    const figures: Figure[] = [];
    for (const withState of [false, true]) {
      const side = (kind: string) => {
        const requests = ids(kind).map((id) => getTrackerRequest(id, withState));
        let calls = 0;
        return () => costOf(server, () => ways.full(() => reader.unary(requests[calls++ % conversations]!)));
      };
      const results = await alternate(7, { long: side('long'), alone: side('alone') });
      const name = `get-tracker.${withState ? 'with' : 'without'}-state`;
      const ratios = results.map(({ long, alone }) => long.serverMicros / alone.serverMicros);
      figures.push(
        figure(`${name}.to-session-alone`, 'x', ratios, { atMost: 1.2 }),
        figure(
          `${name}.server-cpu`,
          'µs/call',
          results.map(({ long }) => long.serverMicros),
        ),
      );
    }
    return figures;
  } finally {
    await server.stop();
  }
}
