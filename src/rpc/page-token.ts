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

/** Reads a token; INVALID_REQUEST where it is malformed or of another request. */
export function decodePageToken(request: readonly unknown[], token: string): (string | number)[] {
  const [version, payload, given, ...rest] = token.split('.');
  if (version !== 'p1' || payload === undefined || rest.length > 0 || given !== sum(request, payload)) {
    throw invalid('page_token', "is damaged or another request's; use next_page_token with the same request");
  }
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}

function sum(request: readonly unknown[], payload: string): string {
  return hashParts([JSON.stringify(request), payload]).slice(0, 11);
}
