import { existsSync } from 'node:fs';
import { TracksideError } from '../errors.js';
import { connect, type Database, prepareAll, type Statement } from '../storage/sqlite/connection.js';
import { textOf } from '../storage/sqlite/errors.js';
import type { Source, StoredConversation } from './source.js';
import { wrong } from './sources.js';

const columns = ['id', 'sender_id', 'type_name', 'timestamp', 'data'];

const page = 500;

// Each statement is a short read of its own, so that a Rasa that runs is never kept from writing. Ids are bytes to
// them: one with a NUL would be cut.
const sql = {
  size: 'SELECT max(id) AS size FROM events',
  first: `SELECT CAST(sender_id AS BLOB) AS sender FROM events
    WHERE sender_id >= CAST(? AS TEXT) AND sender_id < x'' GROUP BY sender_id ORDER BY sender_id LIMIT ${page}`,
  next: `SELECT CAST(sender_id AS BLOB) AS sender FROM events
    WHERE sender_id > CAST(? AS TEXT) AND sender_id < x'' GROUP BY sender_id ORDER BY sender_id LIMIT ${page}`,
  // By timestamp, as older versions of Rasa read them, events that a client dated itself are out of place.
  events: 'SELECT id, data FROM events WHERE sender_id = CAST(? AS TEXT) ORDER BY id',
};

/** The file of Rasa's SQL tracker store. */
export async function openSqlite(path: string): Promise<Source> {
  const database = open(path);
  const { size, first, next, events } = prepareAll(database, sql);

  function read(sender: Uint8Array): StoredConversation {
    const rows = reading(path, () => events.all(sender) as { id: number; data: unknown }[]);
    const stored = rows.map(({ id, data }) => ({
      place: `row ${id}`,
      text: typeof data === 'string' ? data : '',
    }));
    const bytes = stored.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    return { id: Buffer.from(sender).toString(), events: stored, bytes, share: rows.length };
  }

  return {
    name: `sqlite:${path}`,
    size: Number(size.get()?.size ?? 0),
    async *conversations() {
      const list = (statement: Statement, sender: Uint8Array) =>
        reading(path, () => statement.all(sender) as { sender: Uint8Array }[]);
      let senders = list(first, Buffer.alloc(0));
      while (senders.length > 0) {
        for (const { sender } of senders) yield read(sender);
        senders = list(next, senders.at(-1)!.sender);
      }
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

function open(path: string): Database {
  if (!existsSync(path)) throw wrong(`there is no file ${path}`);
  return reading(path, () => {
    const database = connect(path, { readOnly: true });
    const found = database.prepare('PRAGMA table_info(events)').all() as { name: string }[];
    const names = found.map(({ name }) => name);
    if (columns.every((column) => names.includes(column))) return database;
    database.close();
    throw wrong(`${path} has no table "events" as Rasa's SQL tracker store makes it (${columns.join(', ')})`);
  });
}

function reading<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof TracksideError ? error : wrong(`${path} can't be read: ${textOf(error)}`);
  }
}
