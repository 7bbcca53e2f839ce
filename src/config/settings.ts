import type { Address } from './address.js';

/** What a setting's value is, and which values it takes. */
export type Kind =
  /** Addresses to listen on: a list, or one text with commas. */
  | { readonly type: 'addresses' }
  | { readonly type: 'boolean' }
  /** Bytes, as a number or with a unit such as `64KiB`. */
  | { readonly type: 'bytes'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  | { readonly type: 'count'; readonly min: number; readonly max: number }
  /** Milliseconds, always written with a unit such as `10s`. */
  | { readonly type: 'duration'; readonly min: number; readonly max: number }
  | { readonly type: 'path' }
  /** The URL of a store; its scheme picks the engine. */
  | { readonly type: 'store' };

/** A row of the table of settings. */
export interface Setting<T = unknown> {
  readonly kind: Kind;
  /** Undefined where the setting may be left open; the description says what happens then. */
  readonly default: T;
  readonly description: string;
  /** A variable of another name that sets it too, where its own isn't set: a number of that unit, or 0 for the default. */
  readonly alias?: { readonly variable: string; readonly unit: string };
  /** True where a value may hold a password, which is never printed. */
  readonly secret?: true;
}

/** The levels of the log, the quietest last. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** How the log is written. */
export type LogFormat = 'auto' | 'json' | 'text';
const logFormats: readonly LogFormat[] = ['auto', 'json', 'text'];

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const second = 1000;
const day = 24 * 3_600 * second;

const row = <T>(setting: Setting<T>): Setting<T> => setting;

const bytes = (value: number, min: number, max: number, description: string): Setting<number> =>
  row({ kind: { type: 'bytes', min, max }, default: value, description });

const count = (value: number, min: number, max: number, description: string): Setting<number> =>
  row({ kind: { type: 'count', min, max }, default: value, description });

const duration = (value: number, min: number, max: number, description: string): Setting<number> =>
  row({ kind: { type: 'duration', min, max }, default: value, description });

/**
 * Every setting, by its path in the file. Environment variables, flags, the checks, `--print-config`, the JSON
 * Schema and the README's tables are made from it.
 *
 * A limit that the API states can be lowered, not raised: clients and engines rely on it.
 */
export const settings = {
  listen: row<readonly Address[]>({
    kind: { type: 'addresses' },
    default: [{ kind: 'tcp', host: '127.0.0.1', port: 7420 }],
    description:
      'Where to serve gRPC: `HOST:PORT` (port 0 takes a free one), `unix:PATH` or `unix:///PATH`; several with commas.',
  }),
  insecure: row<boolean>({
    kind: { type: 'boolean' },
    default: false,
    description:
      'Allows addresses that other machines can reach: whoever reaches them reads and writes everything, unencrypted.',
  }),
  endpoints: row<string | undefined>({
    kind: { type: 'path' },
    default: undefined,
    description:
      "Rasa's `endpoints.yml`, whose `tracker_store` and `lock_store` say where conversations and locks are kept (docs/rasa.md).",
  }),
  'storage.default': row<string>({
    kind: { type: 'store' },
    default: 'sqlite:./data/trackside.db',
    description:
      'Where data is kept: `sqlite:PATH` (relative to the working directory), `redis://HOST` (docs/redis.md) or `memory:`. `storage: URL` is short for it.',
    secret: true,
  }),
  'storage.tracker': row<string | undefined>({
    kind: { type: 'store' },
    default: undefined,
    description: 'Where conversations are kept. Unset: as `storage.default`.',
    secret: true,
  }),
  'storage.cache': row<string>({
    kind: { type: 'store' },
    default: 'memory:',
    description: 'Where the cache is kept. In memory it is bounded; on SQLite and Redis by their room alone.',
    secret: true,
  }),
  'storage.record': row<string | undefined>({
    kind: { type: 'store' },
    default: undefined,
    description: 'Where records are kept. Unset: as `storage.default`.',
    secret: true,
  }),
  'storage.lock': row<string | undefined>({
    kind: { type: 'store' },
    default: undefined,
    description: 'Where locks are kept. Unset: as `storage.default`.',
    secret: true,
  }),
  'storage.queue': row<string | undefined>({
    kind: { type: 'store' },
    default: undefined,
    description:
      'Where queues are kept. Unset: as `storage.default`. Messages with a group need the store of the locks.',
    secret: true,
  }),
  'cache.max_bytes': bytes(
    64 * MiB,
    4 * MiB,
    64 * GiB,
    'What a cache in memory may take; above it, what was not used for longest leaves first.',
  ),
  'lock.lifetime': row<number>({
    kind: { type: 'duration', min: 10, max: 24 * 3_600 * second },
    default: 60 * second,
    description:
      'How long a lock is held where AcquireLock and RenewLock say nothing else. `TICKET_LOCK_LIFETIME`, in seconds, sets it too.',
    alias: { variable: 'TICKET_LOCK_LIFETIME', unit: 's' },
  }),
  'lock.lease': duration(
    10 * second,
    second,
    60 * second,
    'After which time a lock that a stream held, and a place in line, are given up where the sidecar died.',
  ),
  'queue.lease': duration(
    30 * second,
    10,
    12 * 3_600 * second,
    'How long a claimed message is leased where the claim says nothing else.',
  ),
  'queue.max_attempts': count(
    5,
    1,
    1_000,
    'After how many claims a message is parked where its push says nothing else.',
  ),
  'queue.dedup_window': duration(
    300 * second,
    0,
    24 * 3_600 * second,
    'How long a `dedup_id` is refused after its message was acknowledged or popped.',
  ),
  'queue.max_bytes': bytes(
    256 * MiB,
    4 * MiB,
    64 * GiB,
    'What queues in memory may take; above it, pushes are refused as STORE_FULL.',
  ),
  'tracker.partitions': row<number | undefined>({
    kind: { type: 'count', min: 1, max: 256 },
    default: undefined,
    description:
      "The partitions of a new store, fixed when it is made; a store of another number is refused. Unset: the store's own, or the engine's default.",
  }),
  'tracker.domain': row<string | undefined>({
    kind: { type: 'path' },
    default: undefined,
    description:
      'A Rasa domain file, for the slots and their initial values. Unset: no slots before events set them.',
  }),
  'tracker.retention': row<number | undefined>({
    kind: { type: 'duration', min: second, max: 3_650 * day },
    default: undefined,
    description:
      'How long after its last append a conversation is kept; then it is erased. On Redis and in memory; the same for all sidecars of a store. Unset: for good.',
  }),
  'tracker.erasure_retention': duration(
    30 * day,
    24 * 3_600 * second,
    3_650 * day,
    'How long the feed tells of an erasure, on Redis; a cursor from before one that is forgotten gets `TRIMMED`. Other engines tell for good.',
  ),
  'log.level': row<LogLevel>({
    kind: { type: 'choice', choices: logLevels },
    default: 'info',
    description:
      'The least severe messages to log: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.',
  }),
  'log.format': row<LogFormat>({
    kind: { type: 'choice', choices: logFormats },
    default: 'auto',
    description: '`json`: an object a line; `text`: for people; `auto`: text on a terminal, else json.',
  }),
  'shutdown.grace': duration(
    10 * second,
    0,
    600 * second,
    'How long calls under way may take to finish after SIGTERM.',
  ),
  'feed.ring_bytes': bytes(
    16 * MiB,
    64 * KiB,
    GiB,
    'Memory for the newest events of each partition, from which live subscribers are served.',
  ),
  'feed.poll_interval': duration(
    second,
    10,
    60 * second,
    "How often the log's end is looked at where no hint came.",
  ),
  'limits.conversation_id_bytes': bytes(512, 1, 512, 'The longest conversation id.'),
  'limits.append_id_bytes': bytes(128, 1, 128, 'The longest append id, request id, dedup id or owner.'),
  'limits.key_bytes': bytes(
    512,
    1,
    512,
    'The longest key of a cache entry or record, and the longest id of a lock, queue or group.',
  ),
  'limits.value_bytes': bytes(
    MiB,
    KiB,
    MiB,
    'The largest value of a cache entry, record or message, and the largest items or messages of one call together.',
  ),
  'limits.keyed_batch': count(
    1000,
    1,
    1000,
    'The most keys, entries, records, items, messages or receipts in one call.',
  ),
  'limits.type_bytes': bytes(128, 1, 128, 'The longest event type.'),
  'limits.name_bytes': bytes(KiB, 1, KiB, 'The longest event name.'),
  'limits.metadata_bytes': bytes(64 * KiB, 0, 64 * KiB, 'The largest metadata of an event.'),
  'limits.data_depth': count(100, 1, 100, "The deepest nesting of an event's data."),
  'limits.events_per_append': count(1000, 1, 1000, 'The most events in an append.'),
  'limits.append_bytes': bytes(MiB, KiB, MiB, 'The largest append, all its events together.'),
  'limits.page_size': count(
    1000,
    1,
    1000,
    'The most events, conversations, keys, items, locks, queues or messages on a page; more is taken as this.',
  ),
  'limits.response_bytes': bytes(
    3 * MiB,
    2 * MiB,
    3 * MiB,
    'The largest response or stream item; the least holds the largest append.',
  ),
  'limits.tracker_bytes': bytes(
    64 * MiB,
    MiB,
    GiB,
    "The largest stretch of events that a tracker's state or selection is derived from.",
  ),
  'limits.batch_size': count(
    1000,
    1,
    1000,
    'The most events in a batch of a subscription; more is taken as this.',
  ),
  'limits.filter_values': count(
    1000,
    1,
    1000,
    'The most conversation ids, types or names in a filter, each.',
  ),
  'limits.redacted_events': count(1000, 1, 1000, 'The most sequences in one redaction.'),
  'limits.subscriptions': count(10_000, 1, 1_000_000, 'The most subscriptions at a time.'),
  'limits.lock_waiting': count(1000, 1, 10_000, 'The most that may wait for one lock.'),
  'limits.holdings': count(
    10_000,
    1,
    1_000_000,
    'The most HoldLock calls at a time, of their own and on pipelines.',
  ),
  'limits.consumers': count(10_000, 1, 1_000_000, 'The most ConsumeMessages streams at a time.'),
  'limits.calls': count(10_000, 1, 1_000_000, 'The most unary calls under way at a time.'),
  'limits.pipeline_calls': count(
    1000,
    1,
    1_000_000,
    'The most unary calls in flight on one pipeline stream.',
  ),
  'limits.reading_bytes': bytes(
    256 * MiB,
    MiB,
    16 * GiB,
    'The most events that reads of trackers hold in memory together; above it they are refused as OVERLOADED.',
  ),
  'limits.pending_append_bytes': bytes(
    64 * MiB,
    MiB,
    4 * GiB,
    'The most appended data waiting to be written; above it appends are refused as OVERLOADED.',
  ),
} as const;

/** A setting's path in the file. */
export type Path = keyof typeof settings;

/** The value of each setting. */
export type Values = {
  readonly [P in Path]: (typeof settings)[P] extends Setting<infer T> ? T : never;
};

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

/** The `limits.*` settings, named in camel case: `limits.page_size` is `pageSize`. */
export type Limits = {
  readonly [P in Path as P extends `limits.${infer Name}` ? Camel<Name> : never]: number;
};

/** What the process is run with. */
export interface Config {
  readonly listen: readonly Address[];
  readonly insecure: boolean;
  /** The store URL of each service. */
  readonly storage: {
    readonly tracker: string;
    readonly cache: string;
    readonly record: string;
    readonly lock: string;
    readonly queue: string;
  };
  readonly cache: { readonly maxBytes: number };
  readonly lock: { readonly lifetimeMs: number; readonly leaseMs: number };
  readonly queue: {
    readonly leaseMs: number;
    readonly maxAttempts: number;
    readonly dedupWindowMs: number;
    readonly maxBytes: number;
  };
  readonly tracker: {
    /** Undefined for the engine's default. */
    readonly partitions: number | undefined;
    /** The path of a Rasa domain file. */
    readonly domain: string | undefined;
    /** Undefined for ever. */
    readonly retentionMs: number | undefined;
    readonly erasureRetentionMs: number;
  };
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly shutdown: { readonly graceMs: number };
  readonly feed: { readonly ringBytes: number; readonly pollIntervalMs: number };
  readonly limits: Limits;
}

/** Every path, in the order of the table. */
export const paths = Object.keys(settings) as readonly Path[];

/** The row of a path. */
export function settingOf(path: Path): Setting {
  return settings[path];
}

/** The path as it is named outside the file: `storage` stands for `storage.default`. */
function publicName(path: Path): string {
  return path === 'storage.default' ? 'storage' : path;
}

/** The environment variable of a setting: `log.level` is `TRACKSIDE_LOG_LEVEL`. */
export function envName(path: Path): string {
  return `TRACKSIDE_${publicName(path).replaceAll('.', '_').toUpperCase()}`;
}

/** The flag of a setting, without its dashes: `log.level` is `log-level`. Limits have none. */
export function flagName(path: Path): string | undefined {
  return path.startsWith('limits.') ? undefined : publicName(path).replace(/[._]/g, '-');
}

/** A name in camel case: `page_size` and `page-size` are `pageSize`. */
export function camelCase(name: string): string {
  return name.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
