import { WireConnection } from '../load/wire.js';
import { costOf, ways } from '../measurement.js';
import { appendRequest, path, userEvent } from '../messages.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startTrackside } from '../server-process.js';
import { conversations, writeLongConversations } from './long-conversation.js';

/** How many appends an empty conversation takes before the next one begins. */
const appendsPerEmpty = 10;

/** An append to conversations of 12,000 events on SQLite. */
export async function appendLong(): Promise<Figure[]> {
  const server = await startTrackside('sqlite');
  try {
    return longToEmpty('append-long', 'server', await longAndEmpty(server));
  } finally {
    await server.stop();
  }
}

/** What a server, and the process it keeps its data in, take for an append to long and to empty conversations. */
export async function longAndEmpty(server: ServerProcess, store?: { readonly pid: number }) {
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
  return alternate(9, {
    long: () => costOf(server, () => ways.full(toLong), store),
    empty: () => costOf(server, () => ways.full(toEmpty), store),
  });
}

/** The CPU time of an append to a long conversation, as a multiple of one to an empty one. */
export function longToEmpty(
  name: string,
  process: 'server' | 'store',
  results: Awaited<ReturnType<typeof longAndEmpty>>,
): Figure[] {
  const of = (side: 'long' | 'empty') => results.map((result) => result[side][`${process}Micros`]);
  const [long, empty] = [of('long'), of('empty')];
  const ratios = long.map((micros, i) => micros / empty[i]!);
  return [
    figure(`${name}.to-empty`, 'x', ratios, { atMost: 1.2 }),
    figure(`${name}.${process}-cpu`, 'µs/call', long),
    figure(`${name}.empty-cpu`, 'µs/call', empty),
  ];
}
