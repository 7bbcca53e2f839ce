import { TracksideError } from '../errors.js';
import type { Backend, OpenOptions } from './ports/backend.js';

interface Engine {
  open(location: string, options: OpenOptions, scheme: string): Promise<Backend>;
  /** The one spelling of a location that has several; absent where each has one. */
  locate?(location: string): string;
}

/** The engines by URL scheme, each loaded when it is first used. */
const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  memory: () => import('./memory/index.js'),
  sqlite: () => import('./sqlite/index.js'),
  redis: () => import('./redis/index.js'),
  rediss: () => import('./redis/index.js'),
  'redis+sentinel': () => import('./redis/index.js'),
  'rediss+sentinel': () => import('./redis/index.js'),
  'redis+cluster': () => import('./redis/index.js'),
  'rediss+cluster': () => import('./redis/index.js'),
  'redis+unix': () => import('./redis/index.js'),
  unix: () => import('./redis/index.js'),
};

/** The schemes that `open` takes. */
export const schemes: readonly string[] = Object.keys(engines);

/** Opens the backend that a URL such as `memory:` or `sqlite:PATH` names. */
export async function open(url: string, options: OpenOptions): Promise<Backend> {
  const { engine, location, scheme } = await resolve(url);
  return engine.open(location, options, scheme);
}

/** The URL that all URLs of one store have in common: `sqlite:` with the file's true path. */
export async function canonical(url: string): Promise<string> {
  const { engine, scheme, location } = await resolve(url);
  return `${scheme}:${engine.locate?.(location) ?? location}`;
}

/** Splits `SCHEME:LOCATION` and loads the scheme's engine. */
async function resolve(url: string): Promise<{ engine: Engine; scheme: string; location: string }> {
  const colon = url.indexOf(':');
  const scheme = url.slice(0, Math.max(colon, 0));
  const load = engines[scheme];
  if (!load) {
    throw new TracksideError(
      'INVALID_REQUEST',
      `storage: no engine for "${url}"; known: ${schemes.join(', ')}`,
    );
  }
  return { engine: await load(), scheme, location: url.slice(colon + 1) };
}
