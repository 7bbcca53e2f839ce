import { randomBytes } from 'node:crypto';
import type { Database } from './connection.js';
import type { Migration } from './migrate.js';

/** Marks a file as Trackside's, in its header: "TRKS". */
export const applicationId = 0x54524b53;

/** The schema's versions: a step each, in one transaction each. A released step never changes. */
export const migrations: readonly Migration[] = [create, addKeyed];

/**
 * `log` has a row per entry, at the place of its last position, and keeps it for good: an erased event loses its
 * row in `events`, so that the entry, which holds position, sequence, check and append id, is its tombstone.
 * Sequences go on across lives, so that `first_sequence` alone tells what of a conversation is to be seen.
 * An append names its life with its id: ids of an ended life are never met again.
 */
const tables = `
  CREATE TABLE store (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    partitions INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE partitions (
    partition INTEGER PRIMARY KEY,
    position INTEGER NOT NULL DEFAULT 0,
    "check" TEXT NOT NULL DEFAULT '',
    store_time INTEGER NOT NULL DEFAULT 0,
    trimmed_position INTEGER NOT NULL DEFAULT 0,
    trimmed_check TEXT NOT NULL DEFAULT '',
    -- Up to here, entries below the trimmed position that nothing needs are gone.
    swept_position INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE conversations (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    partition INTEGER NOT NULL,
    life INTEGER NOT NULL DEFAULT 0,
    -- Whether the life has had events.
    present INTEGER NOT NULL DEFAULT 0,
    -- The first sequence that the life gives or gave, and the first of them that is not truncated away.
    life_sequence INTEGER NOT NULL DEFAULT 1,
    first_sequence INTEGER NOT NULL DEFAULT 1,
    last_sequence INTEGER NOT NULL DEFAULT 0,
    create_time INTEGER NOT NULL DEFAULT 0,
    update_time INTEGER NOT NULL DEFAULT 0,
    fence INTEGER,
    -- When the fence was raised, as long as no event came.
    fence_time INTEGER
  ) STRICT;
  CREATE INDEX present_conversations ON conversations (id) WHERE present = 1;
  CREATE INDEX lone_fences ON conversations (fence_time) WHERE fence_time IS NOT NULL;

  CREATE TABLE log (
    place INTEGER PRIMARY KEY,
    first_place INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    life INTEGER NOT NULL,
    "check" TEXT NOT NULL,
    store_time INTEGER NOT NULL,
    -- An append's.
    first_sequence INTEGER,
    append_id TEXT,
    digest TEXT,
    -- An erasure's.
    ranges TEXT,
    deleted INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX log_sequences ON log (conversation, first_sequence) WHERE first_sequence IS NOT NULL;
  CREATE UNIQUE INDEX log_append_ids ON log (conversation, life, append_id) WHERE append_id IS NOT NULL;

  CREATE TABLE events (
    place INTEGER PRIMARY KEY,
    event_time INTEGER NOT NULL,
    type ANY NOT NULL,
    name ANY NOT NULL,
    metadata ANY NOT NULL,
    data ANY NOT NULL
  ) STRICT;

  CREATE TABLE session_starts (
    conversation INTEGER NOT NULL,
    boundary TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (conversation, boundary, sequence)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE erasures (
    conversation INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- 0 where there was nothing to erase.
    position INTEGER NOT NULL,
    PRIMARY KEY (conversation, request_id)
  ) STRICT, WITHOUT ROWID;

  -- Content that is hidden but still there: the sequences from next_sequence to last_sequence.
  CREATE TABLE scrubs (
    place INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    next_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    -- Whether append ids go too, as they do with a life.
    forgets INTEGER NOT NULL
  ) STRICT;
`;

function create(database: Database, partitions: number): void {
  database.exec(`${tables} PRAGMA application_id = ${applicationId};`);
  database
    .prepare('INSERT INTO store (only, id, epoch, partitions) VALUES (1, ?, ?, ?)')
    .run(randomBytes(16).toString('base64url'), randomBytes(8).toString('base64url'), partitions);
  const addPartition = database.prepare('INSERT INTO partitions (partition) VALUES (?)');
  for (let partition = 0; partition < partitions; partition++) addPartition.run(partition);
}

/**
 * A removed list leaves its items behind, under a number that is never given again, until they are swept.
 * `bytes` is a value's size on the wire.
 */
const keyedTables = `
  CREATE TABLE entries (
    num INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    expire_time INTEGER,
    bytes INTEGER NOT NULL,
    -- A text for JSON, else a blob.
    value ANY NOT NULL
  ) STRICT;
  CREATE INDEX entry_expiries ON entries (expire_time) WHERE expire_time IS NOT NULL;

  CREATE TABLE records (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    -- A list's length; a value has the columns below instead.
    count INTEGER,
    bytes INTEGER,
    value ANY
  ) STRICT;

  CREATE TABLE items (
    num INTEGER PRIMARY KEY,
    record INTEGER NOT NULL,
    item INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    value ANY NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX item_places ON items (record, item);

  CREATE TABLE removed_lists (record INTEGER PRIMARY KEY) STRICT;

  CREATE TABLE record_versions (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    version INTEGER NOT NULL
  ) STRICT;
  INSERT INTO record_versions VALUES (1, 0);

  -- Writes that bear an id, with what they were answered, as JSON.
  CREATE TABLE entry_requests (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    time INTEGER NOT NULL,
    result TEXT NOT NULL
  ) STRICT;
  CREATE TABLE record_requests (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    time INTEGER NOT NULL,
    result TEXT NOT NULL
  ) STRICT;
`;

/** The caches' and the records' tables. */
function addKeyed(database: Database): void {
  database.exec(keyedTables);
}
