import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

// The tables and keys below are those that Rasa 3.6 makes.

const layout = `
  CREATE TABLE events (
    id INTEGER NOT NULL, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL, timestamp FLOAT,
    intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT, PRIMARY KEY (id)
  );
  CREATE INDEX ix_events_sender_id ON events (sender_id);`;

/** A database of Rasa's SQL tracker store, open for writing. */
export function rasaDatabase(path: string): DatabaseSyncInstance {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA synchronous = OFF');
  database.exec(layout);
  return database;
}

/** Adds rows as Rasa's store does, the events' JSON as it is given. */
export function addRows(
  database: DatabaseSyncInstance,
  senderId: string,
  events: readonly (string | null)[],
): void {
  const insert = database.prepare(
    'INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)',
  );
  database.exec('BEGIN');
  for (const data of events) {
    const [, type = 'x'] = /"event": "(\w+)"/.exec(data ?? '') ?? [];
    const [, time = '0'] = /"timestamp": ([\d.]+)/.exec(data ?? '') ?? [];
    insert.run(senderId, type, Number(time), data);
  }
  database.exec('COMMIT');
}

/** The value that Rasa's Redis tracker store keeps under `tracker:ID`. */
export function rasaValue(senderId: string, events: readonly string[]): string {
  return `{"events": [${events.join(', ')}], "name": ${JSON.stringify(senderId)}}`;
}

/** An event as Python writes it. */
export function event(type: string, timestamp: string, members = ''): string {
  return `{"event": "${type}", "timestamp": ${timestamp}${members && ', '}${members}}`;
}

/** What a bot stores when a session begins, and a few turns; a second apart from `from` on. */
export function dialogue(turns: number, from = 1_767_225_600): string[] {
  let now = from;
  const next = () => `${now++}.25`;
  const start = [
    event('action', next(), '"name": "action_session_start", "policy": null, "confidence": 1.0'),
    event('session_started', next()),
    event('action', next(), '"name": "action_listen", "policy": null, "confidence": null'),
  ];
  const turn = (n: number) => [
    event(
      'user',
      next(),
      `"text": "h\\u00e4 ${n}", "parse_data": {"intent": {"name": "greet"}, "entities": []}, "metadata": {}`,
    ),
    event('slot', next(), `"name": "n", "value": ${n}.0`),
    event(
      'bot',
      next(),
      `"text": "${n}?", "data": {"buttons": null}, "metadata": {"utter_action": "utter_n"}`,
    ),
  ];
  return [...start, ...Array.from({ length: turns }, (_, n) => turn(n)).flat()];
}
