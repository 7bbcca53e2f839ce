import { randomBytes } from 'node:crypto';
import type { Database } from './connection.js';
import type { Migration } from './migrate.js';

/** Marks a file as Trackside's, in its header: "TRKS". */
export const applicationId = 0x54524b53;

/** The schema's versions: a step each, in one transaction each. A released step never changes. */
export const migrations: readonly Migration[] = [create, addKeyed, addLines, addLastErasure];

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

/**
 * `locks` has a row per line that is not empty, with its length; the line's first ticket holds the lock.
 *
 * What changes of a message is its row in `places`, which is keyed so that a queue's messages of one state lie
 * together, by place; the rest, and the value with it, is written once. States: 0 claimable, 1 ready but behind
 * others of its group or their lock, 2 delayed, 3 in flight, 4 parked. `group_places` has those of messages with
 * a group, but for parked ones. `queues` has a row per queue with messages, with how many there are.
 *
 * A claim's number is the ticket and the fence of its group's lock.
 */
const lineTables = `
  -- The last number that was given to a ticket, a grant or a claim, and the last place in a queue.
  CREATE TABLE counters (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL,
    place INTEGER NOT NULL
  ) STRICT;
  INSERT INTO counters VALUES (1, 0, 0);

  CREATE TABLE locks (
    num INTEGER PRIMARY KEY,
    lock_id TEXT NOT NULL UNIQUE,
    length INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE tickets (
    ticket INTEGER PRIMARY KEY,
    lock INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    owner ANY NOT NULL,
    kind TEXT NOT NULL,
    lifetime INTEGER,
    lease INTEGER NOT NULL,
    request_time INTEGER NOT NULL,
    lease_end INTEGER NOT NULL,
    -- The grant's, where there is one.
    fence INTEGER,
    grant_time INTEGER,
    end_time INTEGER,
    interrupted INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX ticket_lines ON tickets (lock);
  CREATE INDEX ticket_requests ON tickets (lock, request_id);
  CREATE INDEX ticket_ends ON tickets (lease_end);

  CREATE TABLE lock_endings (
    num INTEGER PRIMARY KEY,
    lock_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    ticket INTEGER NOT NULL UNIQUE,
    fence INTEGER NOT NULL UNIQUE,
    cause TEXT NOT NULL,
    end_time INTEGER NOT NULL,
    time INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX lock_ending_requests ON lock_endings (lock_id, request_id);

  CREATE TABLE queues (
    num INTEGER PRIMARY KEY,
    queue_id TEXT NOT NULL UNIQUE,
    ready INTEGER NOT NULL,
    delayed INTEGER NOT NULL,
    in_flight INTEGER NOT NULL,
    parked INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE messages (
    num INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    dedup_id TEXT NOT NULL,
    push_time INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    -- A text for JSON, else a blob.
    value ANY NOT NULL
  ) STRICT;

  CREATE TABLE places (
    queue INTEGER NOT NULL,
    state INTEGER NOT NULL,
    place INTEGER NOT NULL,
    message INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    ready_time INTEGER,
    -- Of the last claim.
    claim INTEGER,
    PRIMARY KEY (queue, state, place)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX due_places ON places (ready_time) WHERE state = 2;

  CREATE TABLE group_places (
    group_id TEXT NOT NULL,
    queue INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (group_id, queue, place)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE parked_messages (
    message_id TEXT PRIMARY KEY,
    queue INTEGER NOT NULL,
    place INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE claims (
    claim INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    queue INTEGER NOT NULL,
    place INTEGER NOT NULL,
    over INTEGER NOT NULL DEFAULT 0,
    -- When the lease ends; when it was dealt with, where it is over.
    time INTEGER NOT NULL,
    cause TEXT,
    end_time INTEGER
  ) STRICT;
  CREATE INDEX claim_times ON claims (over, time);

  CREATE TABLE dedups (
    num INTEGER PRIMARY KEY,
    queue_id TEXT NOT NULL,
    dedup_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    -- When the message was acknowledged or popped.
    done_time INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX dedup_ids ON dedups (queue_id, dedup_id);
  CREATE INDEX dedup_times ON dedups (done_time) WHERE done_time IS NOT NULL;

  CREATE TABLE push_requests (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    time INTEGER NOT NULL,
    result TEXT NOT NULL
  ) STRICT;
`;

/** The locks' and the queues' tables. */
function addLines(database: Database): void {
  database.exec(lineTables);
}

/** Of each conversation, the position of the last entry that erased events of it, 0 before any. */
function addLastErasure(database: Database): void {
  database.exec('ALTER TABLE conversations ADD COLUMN last_erasure INTEGER NOT NULL DEFAULT 0');
}
