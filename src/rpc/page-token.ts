import { invalid } from '../errors.js';
import { decodeToken, encodeToken } from './token.js';

const version = 'p1';

/** A page's token: where the next page begins, bound to the request it continues. */
export function encodePageToken(request: readonly unknown[], next: readonly (string | number)[]): string {
  return encodeToken(version, request, next);
}

/** Reads a token of some kinds of values; INVALID_REQUEST where it is malformed or of another request. */
export function decodePageToken<Kinds extends readonly ('number' | 'string')[]>(
  request: readonly unknown[],
  token: string,
  ...kinds: Kinds
) {
  const next = decodeToken(version, request, token, kinds);
  if (next) return next;
  throw invalid('page_token', "is damaged or another request's; use next_page_token with the same request");
}
