import { WireConnection } from '../load/wire.js';
import { appendRequest, path, sessionStart, turn } from '../messages.js';

/** So many conversations are used at a time, so that a batch of appends holds several of one. */
export const conversations = 4;

const sessions = 10;
const eventsPerSession = 1_200;

/** Writes conversations of 12,000 events in 10 sessions. */
export async function writeLongConversations(address: string, ids: readonly string[]): Promise<void> {
  const connection = await WireConnection.open(address, path('AppendEvents'));
  await Promise.all(ids.map((id) => writeLong(connection, id)));
  connection.close();
}

async function writeLong(connection: WireConnection, id: string): Promise<void> {
  const events = [...sessionStart];
  while (events.length < eventsPerSession) events.push(...turn);
  const session = events.slice(0, eventsPerSession);
  for (let i = 0; i < sessions; i++) {
    for (let at = 0; at < session.length; at += 30) {
      await connection.unary(appendRequest(id, session.slice(at, at + 30))());
    }
  }
}
