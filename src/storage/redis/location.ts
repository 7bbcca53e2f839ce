import { TracksideError } from '../../errors.js';

export interface Server {
  readonly host: string;
  readonly port: number;
}

/** What is waited for before an append is answered. */
export interface Wait {
  /** How many replicas have it. */
  readonly replicas: number;
  /** Whether the master has it on disk, and so have these replicas. */
  readonly fsync: boolean;
  readonly timeoutMs: number;
}

/** Where a Redis is, and how to come in. */
export interface Target {
  readonly topology:
    | { readonly kind: 'single'; readonly server: Server }
    | { readonly kind: 'socket'; readonly path: string }
    | { readonly kind: 'sentinel'; readonly sentinels: readonly Server[]; readonly name: string }
    | { readonly kind: 'cluster'; readonly seeds: readonly Server[] };
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** What every key begins with. */
  readonly namespace: string;
  /** Paths of PEM files; undefined without TLS. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
  /** Whether the server keeps what it is given on disk; undefined where it is to be asked. */
  readonly durability: 'persisted' | 'volatile' | undefined;
  /** Undefined where nothing is waited for. */
  readonly wait: Wait | undefined;
}

const parameters = [
  'namespace',
  'ca',
  'cert',
  'key',
  'sentinel_username',
  'sentinel_password',
  'durability',
  'wait_replicas',
  'wait_fsync',
  'wait_timeout',
] as const;
type Parameter = (typeof parameters)[number];

/** How a URL of each scheme is written. */
const forms = {
  redis: 'redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]',
  sentinel: 'redis+sentinel://[USER[:PASSWORD]@]HOST[:PORT],…/MASTER[/DATABASE]',
  cluster: 'redis+cluster://[USER[:PASSWORD]@]HOST[:PORT],…',
  socket: 'unix://[USER[:PASSWORD]@]/PATH',
} as const;

/** Reads what follows a scheme's colon. No message quotes it, as it may hold a password. */
export function parseLocation(scheme: string, location: string): Target {
  const form = formOf(scheme);
  const [, user, hosts, path, query] =
    /^\/\/(?:([^@/]*)@)?([^/?@]*)(\/[^?]*)?(?:\?(.*))?$/.exec(location) ?? [];
  if (hosts === undefined) throw malformed(form);
  const [username, password] = (user ?? '').split(/:(.*)/s, 2).map((part) => decode(part, form) || undefined);
  const given = parametersOf(query ?? '');
  const isEncrypted = scheme.startsWith('rediss');
  for (const name of ['ca', 'cert', 'key'] as const) {
    if (given[name] && !isEncrypted) throw refusal(`"${name}" is for TLS; write rediss instead of redis`);
  }
  return {
    ...placeOf(form, hosts, decode(path ?? '', form)),
    username,
    password,
    tls: isEncrypted ? { ca: given.ca, cert: given.cert, key: given.key } : undefined,
    namespace: namespaceOf(given.namespace),
    sentinelUsername: given.sentinel_username,
    sentinelPassword: given.sentinel_password,
    durability: durabilityOf(given.durability),
    wait: waitOf(given),
  } as Target;
}

/** The location without its secrets. */
export function describeTarget({ topology, database }: Target): string {
  const number = database === 0 ? '' : `, database ${database}`;
  const list = (servers: readonly Server[]) => servers.map(({ host, port }) => `${host}:${port}`).join(',');
  switch (topology.kind) {
    case 'single':
      return `${list([topology.server])}${number}`;
    case 'socket':
      return `${topology.path}${number}`;
    case 'sentinel':
      return `${topology.name} of the sentinels ${list(topology.sentinels)}${number}`;
    case 'cluster':
      return `the cluster of ${list(topology.seeds)}`;
  }
}

function formOf(scheme: string): keyof typeof forms {
  if (scheme.endsWith('+sentinel')) return 'sentinel';
  if (scheme.endsWith('+cluster')) return 'cluster';
  return scheme.endsWith('unix') ? 'socket' : 'redis';
}

function placeOf(
  form: keyof typeof forms,
  hosts: string,
  path: string,
): Pick<Target, 'topology' | 'database'> {
  if (form === 'socket') {
    if (hosts !== '' || path.length < 2) throw malformed(form);
    return { topology: { kind: 'socket', path }, database: 0 };
  }
  const servers = hosts.split(',').map((text) => serverOf(text, form));
  const parts = path.split('/').filter((part) => part !== '');
  if (form === 'sentinel') {
    const [name, database, ...more] = parts;
    if (name === undefined || more.length > 0) throw malformed(form);
    return { topology: { kind: 'sentinel', sentinels: servers, name }, database: databaseOf(database, form) };
  }
  if (form === 'cluster') {
    if (parts.length > 0) throw malformed(form);
    return { topology: { kind: 'cluster', seeds: servers }, database: 0 };
  }
  if (servers.length > 1 || parts.length > 1) throw malformed(form);
  return { topology: { kind: 'single', server: servers[0]! }, database: databaseOf(parts[0], form) };
}

function serverOf(text: string, form: keyof typeof forms): Server {
  const [, ipv6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? (form === 'sentinel' ? 26_379 : 6379) : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) throw malformed(form);
  return { host, port };
}

function databaseOf(text: string | undefined, form: keyof typeof forms): number {
  if (text === undefined) return 0;
  if (!/^\d{1,5}$/.test(text)) throw malformed(form);
  return Number(text);
}

function parametersOf(query: string): Partial<Record<Parameter, string>> {
  const given: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (!parameters.includes(name as Parameter)) {
      throw refusal(`"${name}" is no parameter of a Redis URL; known: ${parameters.join(', ')}`);
    }
    given[name as Parameter] = value;
  }
  return given;
}

function namespaceOf(text = 'trackside'): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(text)) return text;
  throw refusal('"namespace" must be 1 to 64 letters, digits, dots, dashes or underscores');
}

function durabilityOf(text: string | undefined): Target['durability'] {
  if (text === undefined || text === 'persisted' || text === 'volatile') return text;
  throw refusal('"durability" must be persisted or volatile');
}

/** Below what an answer may take. */
const maxWaitMs = 3_000;

function waitOf(given: Partial<Record<Parameter, string>>): Wait | undefined {
  const fsync = given.wait_fsync ?? 'no';
  if (fsync !== 'yes' && fsync !== 'no') throw refusal('"wait_fsync" must be yes or no');
  const replicas = numberOf(given, 'wait_replicas', 0, 0, 100);
  const timeoutMs = numberOf(given, 'wait_timeout', 1_000, 1, maxWaitMs);
  if (replicas > 0 || fsync === 'yes') return { replicas, fsync: fsync === 'yes', timeoutMs };
  if (given.wait_timeout === undefined) return undefined;
  throw refusal('"wait_timeout" has nothing to wait for; say wait_replicas or wait_fsync too');
}

function numberOf(
  given: Partial<Record<Parameter, string>>,
  name: Parameter,
  otherwise: number,
  min: number,
  max: number,
): number {
  const text = given[name] ?? `${otherwise}`;
  if (/^\d{1,5}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw refusal(`"${name}" must be a whole number from ${min} to ${max}`);
}

function decode(text: string, form: keyof typeof forms): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed(form);
  }
}

function malformed(form: keyof typeof forms): TracksideError {
  return refusal(`the Redis URL is wrong; write it as ${forms[form]}, with % escapes in a password`);
}

function refusal(message: string): TracksideError {
  return new TracksideError('INVALID_REQUEST', `storage: ${message}`);
}
