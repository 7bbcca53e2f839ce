import { TracksideError } from '../errors.js';
import type { Source } from './source.js';

type Open = (scheme: string, location: string) => Promise<Source>;

const redis: Open = async (scheme, location) => (await import('./redis.js')).openRedis(scheme, location);

/** Rasa's layouts by URL scheme, each loaded when it is first used; a new one adds an entry. */
const layouts: Readonly<Record<string, Open>> = {
  sqlite: async (_, location) => (await import('./sqlite.js')).openSqlite(location),
  redis,
  rediss: redis,
  unix: redis,
};

/** Opens what a URL such as `sqlite:PATH` or `redis://HOST` names, for reading. */
export async function openSource(url: string): Promise<Source> {
  const [scheme = '', location = ''] = url.split(/:(.*)/s, 2);
  const open = url.includes(':') ? layouts[scheme] : undefined;
  if (open) return open(scheme, location);
  throw wrong(`name it as sqlite:PATH or redis://HOST; known are ${Object.keys(layouts).join(', ')}`);
}

export function wrong(message: string): TracksideError {
  return new TracksideError('INVALID_REQUEST', message);
}
