import { TracksideError } from '../errors.js';
import type { Backend, OpenOptions } from './ports/backend.js';

type Open = (location: string, options: OpenOptions) => Promise<Backend>;

/** The engines by URL scheme, each loaded when it is first used. */
const engines: Readonly<Record<string, () => Promise<{ open: Open }>>> = {
  memory: () => import('./memory/index.js'),
  sqlite: () => import('./sqlite/index.js'),
};

/** The schemes that `open` takes. */
export const schemes: readonly string[] = Object.keys(engines);

/** Splits `SCHEME:LOCATION`. */
function parseUrl(url: string): { scheme: string; location: string } {
  const colon = url.indexOf(':');
  return { scheme: url.slice(0, Math.max(colon, 0)), location: url.slice(colon + 1) };
}

/** Opens the backend that a URL such as `memory:` or `sqlite:PATH` names. */
export async function open(url: string, options: OpenOptions): Promise<Backend> {
  const { scheme, location } = parseUrl(url);
  const load = engines[scheme];
  if (!load) {
    throw new TracksideError(
      'INVALID_REQUEST',
      `storage: no engine for "${url}"; known: ${schemes.join(', ')}`,
    );
  }
  return (await load()).open(location, options);
}
