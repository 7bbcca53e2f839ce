import { WireConnection } from '../load/wire.js';
import { costOf, ways } from '../measurement.js';
import { appendRequest, path, userEvent } from '../messages.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { startTrackside } from '../server-process.js';
import { conversations, writeLongConversations } from './long-conversation.js';

/** How many appends an empty conversation takes before the next one begins. */
const appendsPerEmpty = 10;

/** An append to conversations of 12,000 events, as a multiple of an append to empty ones. */
export async function appendLong(): Promise<Figure[]> {
  const server = await startTrackside('sqlite');
  try {
    const ids = Array.from({ length: conversations }, (_, i) => `long-${i}`);
    await writeLongConversations(server.address, ids);
    const connection = await WireConnection.open(server.address, path('AppendEvents'));
    const long = ids.map((id) => appendRequest(id, [userEvent(250)]));
    let empty = long;
    let calls = 0;
    const toLong = () => connection.unary(long[calls++ % conversations]!());
    const toEmpty = () => {
      const at = calls++ % (conversations * appendsPerEmpty);
      if (at === 0) empty = ids.map((id) => appendRequest(`empty-${id}-${calls}`, [userEvent(250)]));
      return connection.unary(empty[at % conversations]!());
    };
    const results = await alternate(9, {
      long: () => costOf(server, () => ways.full(toLong)),
      empty: () => costOf(server, () => ways.full(toEmpty)),
    });
    return [
      figure(
        'append-long.to-empty',
        'x',
        results.map(({ long, empty }) => long.serverMicros / empty.serverMicros),
        { atMost: 1.2 },
      ),
      figure(
        'append-long.server-cpu',
        'µs/call',
        results.map(({ long }) => long.serverMicros),
      ),
      figure(
        'append-long.empty-cpu',
        'µs/call',
        results.map(({ empty }) => empty.serverMicros),
      ),
    ];
  } finally {
    await server.stop();
  }
}
