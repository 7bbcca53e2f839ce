import { hashParts } from '../storage/check.js';

/**
 * A token: some values for a later request, bound to what both have in common. Clients can't do with it what the
 * request couldn't; the sum finds text that was cut or mistyped.
 */
export function encodeToken(
  version: string,
  request: readonly unknown[],
  values: readonly (string | number)[],
): string {
  const payload = Buffer.from(JSON.stringify(values)).toString('base64url');
  return `${version}.${payload}.${sum(request, payload)}`;
}

/** Reads a token of some kinds of values; undefined where it is malformed or of another request. */
export function decodeToken<Kinds extends readonly ('number' | 'string')[]>(
  version: string,
  request: readonly unknown[],
  token: string,
  kinds: Kinds,
): { [I in keyof Kinds]: Kinds[I] extends 'number' ? number : string } | undefined {
  const [found, payload, given, ...rest] = token.split('.');
  const isWhole = found === version && payload !== undefined && rest.length === 0;
  const values = isWhole && given === sum(request, payload) ? parse(payload) : undefined;
  if (!Array.isArray(values) || values.length !== kinds.length) return undefined;
  return kinds.every((kind, i) => isOf(kind, values[i])) ? (values as never) : undefined;
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
