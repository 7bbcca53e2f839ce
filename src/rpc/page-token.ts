import { invalid } from '../errors.js';
import { hashParts } from '../storage/check.js';

/**
 * A page's token: where the next page begins, bound to the request it continues. Clients can't do with it what
 * the request couldn't; the sum finds text that was cut or mistyped.
 */
export function encodePageToken(request: readonly unknown[], next: readonly (string | number)[]): string {
  const payload = Buffer.from(JSON.stringify(next)).toString('base64url');
  return `p1.${payload}.${sum(request, payload)}`;
}

/** Reads a token of some kinds of values; INVALID_REQUEST where it is malformed or of another request. */
export function decodePageToken<Kinds extends readonly ('number' | 'string')[]>(
  request: readonly unknown[],
  token: string,
  ...kinds: Kinds
): { [I in keyof Kinds]: Kinds[I] extends 'number' ? number : string } {
  const [version, payload, given, ...rest] = token.split('.');
  const isWhole = version === 'p1' && payload !== undefined && rest.length === 0;
  const next = isWhole && given === sum(request, payload) ? parse(payload) : undefined;
  if (
    !Array.isArray(next) ||
    next.length !== kinds.length ||
    !kinds.every((kind, i) => isOf(kind, next[i]))
  ) {
    throw invalid('page_token', "is damaged or another request's; use next_page_token with the same request");
  }
  return next as never;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function isOf(kind: 'number' | 'string', value: unknown): boolean {
  return kind === 'string' ? typeof value === 'string' : Number.isSafeInteger(value) && Number(value) >= 0;
}

function sum(request: readonly unknown[], payload: string): string {
  return hashParts([JSON.stringify(request), payload]).slice(0, 11);
}
