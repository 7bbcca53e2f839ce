import { isIP } from 'node:net';
import type { Section } from './section.js';

/** In seconds. */
const tenYears = 3_650 * 24 * 3_600;

const files = { ssl_ca_certs: 'ca', ssl_certfile: 'cert', ssl_keyfile: 'key' } as const;

/** The URL of the Redis that Rasa's tracker store is on, in a namespace of our own beside Rasa's keys. */
export function redisTracker(section: Section): string | undefined {
  const seconds = section.whole('record_exp', 1, tenYears);
  if (seconds !== undefined) section.settings.set('tracker.retention', `${seconds}s`);
  return redisUrl(section, 0);
}

/** The same of Rasa's lock store. */
export function redisLock(section: Section): string | undefined {
  if (section.value('socket_timeout') !== undefined) {
    section.warning('socket_timeout', 'not used: Redis has 5 s for an answer');
  }
  return redisUrl(section, 1);
}

function redisUrl(section: Section, defaultDatabase: number): string | undefined {
  const host = hostOf(section);
  const port = section.whole('port', 1, 65_535) ?? 6379;
  const database = section.whole('db', 0, 99_999) ?? defaultDatabase;
  const user = userOf(section);
  const isEncrypted = section.flag('use_ssl');
  const parameters = new URLSearchParams([...namespaceOf(section), ...filesOf(section, isEncrypted)]);
  const query = parameters.size > 0 ? `?${parameters}` : '';
  if (host === undefined) return undefined;
  return `${isEncrypted ? 'rediss' : 'redis'}://${user}${host}:${port}/${database}${query}`;
}

function hostOf(section: Section): string | undefined {
  const host = section.text('url') ?? 'localhost';
  if (isIP(host) === 6) return `[${host}]`;
  if (/^[\w.-]+$/.test(host)) return host;
  return section.problem('url', 'must be a host name alone: port, db and password have keys of their own');
}

/** A password alone is the default user's. */
function userOf(section: Section): string {
  const name = section.text('username');
  const password = section.text('password');
  if (password !== undefined) return `${encodeURIComponent(name ?? '')}:${encodeURIComponent(password)}@`;
  if (name !== undefined) section.problem('username', 'needs a password');
  return '';
}

/** Rasa's prefix is our namespace. One that isn't alphanumeric Rasa leaves out, and so do we. */
function namespaceOf(section: Section): [string, string][] {
  const prefix = section.value('key_prefix');
  if (prefix === undefined) return [];
  if (typeof prefix === 'string' && /^[A-Za-z0-9]{1,64}$/.test(prefix)) return [['namespace', prefix]];
  if (typeof prefix === 'string' && /^[\p{L}\p{N}]+$/u.test(prefix)) {
    section.problem('key_prefix', 'must be 1 to 64 letters from A to z and digits');
  } else {
    section.warning('key_prefix', 'not used, nor by Rasa: it is not alphanumeric');
  }
  return [];
}

function filesOf(section: Section, isEncrypted: boolean): [string, string][] {
  const given = Object.entries(files).flatMap(([key, name]): [string, string, string][] => {
    const path = section.text(key);
    return path === undefined ? [] : [[key, name, path]];
  });
  if (isEncrypted) return given.map(([, name, path]) => [name, path]);
  for (const [key] of given) section.warning(key, 'not used, nor by Rasa, without use_ssl: true');
  return [];
}
