import { hash } from 'node:crypto';

/**
 * The check at an entry's end: a hash of the check before it and of what the entry names, so that a history
 * that was written twice shows at every later position. 11 characters of base64url, 66 bits.
 */
export function nextCheck(previous: string, ...named: readonly string[]): string {
  return hashParts([previous, ...named]).slice(0, 11);
}

/** SHA-256 as base64url over parts, each behind its length, so that no two lists of parts hash alike. */
export function hashParts(parts: readonly string[]): string {
  let framed = '';
  for (const part of parts) framed += `${part.length}:${part}`;
  return hash('sha256', framed, 'base64url');
}
