import { isLocal, parseAddress, splitAddresses } from './address.js';
import { readYaml } from './file.js';
import type { EndpointsSource, Notice } from './rasa/endpoints.js';
import type { Env } from './references.js';
import { type Config, camelCase, type Limits, type Path, paths, settingOf, type Values } from './settings.js';
import { fromEnv, fromFlags, type Source, type Written } from './sources.js';
import { fromFile } from './tree.js';

/** What the settings are read from. */
export interface Inputs {
  /** The flags of `serve`, as commander gives them. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Env;
  /** The schemes of the engines that a storage URL can name. */
  readonly schemes: readonly string[];
}

/** A setting's value, and where it was written; undefined for the default. */
export interface Origin {
  readonly value: unknown;
  readonly origin: string | undefined;
}

/** The configuration, and how it came about. */
export interface Loaded {
  readonly config: Config;
  readonly origins: Readonly<Record<Path, Origin>>;
  readonly notices: readonly Notice[];
}

/** Everything that is wrong with the configuration, a line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the settings: flags before environment variables, before the file that `--config` or TRACKSIDE_CONFIG
 * names, before Rasa's endpoints file, before defaults. Rejects with a ConfigError of all problems, which quotes no secret.
 */
export async function loadConfig({ flags, env, schemes }: Inputs): Promise<Loaded> {
  const sources = [await readFile(flags, env), fromEnv(env), fromFlags(flags)];
  const problems = sources.flatMap((source) => source.problems);
  const given = new Map(sources.flatMap((source) => [...source.written]));
  const endpoints = await readRasa(given, env);
  problems.push(...endpoints.problems);
  const written = new Map([...endpoints.written, ...given]);
  const values = await checkAll(written, problems);
  checkStorage(values, written, schemes, problems);
  checkReach(values, written, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const origins = paths.map((path) => [path, { value: values[path], origin: written.get(path)?.origin }]);
  const { notices } = endpoints;
  return { config: toConfig(values as Values), origins: Object.fromEntries(origins), notices };
}

async function readFile(flags: Inputs['flags'], env: Env): Promise<Source> {
  const path = flags.config ?? (env.TRACKSIDE_CONFIG || undefined);
  if (typeof path !== 'string') return { written: new Map(), problems: [] };
  const read = await readYaml(path);
  return 'problems' in read
    ? { written: new Map(), problems: read.problems }
    : fromFile(read.content, path, env);
}

async function readRasa(given: ReadonlyMap<Path, Written>, env: Env): Promise<EndpointsSource> {
  const path = given.get('endpoints')?.raw;
  if (typeof path !== 'string') return { written: new Map(), problems: [], notices: [] };
  const { readEndpoints } = await import('./rasa/endpoints.js');
  return readEndpoints(path, env, given);
}

/** The checked values; those that are wrong are left out. The checks are loaded only where there is something to check. */
async function checkAll(written: ReadonlyMap<Path, Written>, problems: string[]): Promise<Partial<Values>> {
  const values: Partial<Record<Path, unknown>> = {};
  for (const path of paths) if (!written.has(path)) values[path] = settingOf(path).default;
  if (written.size === 0) return values as Values;
  const { check } = await import('./schema.js');
  for (const [path, { raw, origin }] of written) {
    const result = check(path, raw);
    if ('value' in result) values[path] = result.value;
    else problems.push(...result.problems.map((problem) => `${path} (${origin}): ${problem}`));
  }
  return values as Partial<Values>;
}

const stores = [
  'storage.default',
  'storage.tracker',
  'storage.cache',
  'storage.record',
  'storage.lock',
  'storage.queue',
] as const;

function checkStorage(
  values: Partial<Values>,
  written: ReadonlyMap<Path, Written>,
  schemes: readonly string[],
  problems: string[],
): void {
  for (const path of stores) {
    const scheme = values[path]?.split(':')[0];
    if (scheme === undefined || schemes.includes(scheme)) continue;
    problems.push(
      `${path} (${written.get(path)?.origin}): no engine for ${scheme}: known are ${schemes.join(', ')}`,
    );
  }
}

/** Looks at what was written, so that one wrong address doesn't hide what is wrong with the others. */
function checkReach(values: Partial<Values>, written: ReadonlyMap<Path, Written>, problems: string[]): void {
  if (values.insecure !== false) return;
  const { raw, origin } = written.get('listen') ?? {};
  for (const text of splitAddresses(raw) ?? []) {
    const address = parseAddress(text);
    if (typeof address === 'string' || isLocal(address)) continue;
    problems.push(
      `listen (${origin}): ${text} can be reached from other machines, and whoever reaches it reads and writes ` +
        'everything, unencrypted. Listen on 127.0.0.1 or a Unix socket, or set insecure: true (--insecure)',
    );
  }
}

function toConfig(values: Values): Config {
  const limits = paths
    .filter((path) => path.startsWith('limits.'))
    .map((path) => [camelCase(path.slice('limits.'.length)), values[path]]);
  return {
    listen: values.listen,
    insecure: values.insecure,
    storage: {
      tracker: values['storage.tracker'] ?? values['storage.default'],
      cache: values['storage.cache'],
      record: values['storage.record'] ?? values['storage.default'],
      lock: values['storage.lock'] ?? values['storage.default'],
      queue: values['storage.queue'] ?? values['storage.default'],
    },
    cache: { maxBytes: values['cache.max_bytes'] },
    lock: { lifetimeMs: values['lock.lifetime'], leaseMs: values['lock.lease'] },
    queue: {
      leaseMs: values['queue.lease'],
      maxAttempts: values['queue.max_attempts'],
      dedupWindowMs: values['queue.dedup_window'],
      maxBytes: values['queue.max_bytes'],
    },
    tracker: {
      partitions: values['tracker.partitions'],
      domain: values['tracker.domain'],
      retentionMs: values['tracker.retention'],
      erasureRetentionMs: values['tracker.erasure_retention'],
    },
    log: { level: values['log.level'], format: values['log.format'] },
    shutdown: { graceMs: values['shutdown.grace'] },
    feed: { ringBytes: values['feed.ring_bytes'], pollIntervalMs: values['feed.poll_interval'] },
    limits: Object.fromEntries(limits) as Limits,
  };
}
