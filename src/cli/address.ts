import { resolve } from 'node:path';
import { formatAddress, parseAddress } from '../config/address.js';

/**
 * The address as gRPC's clients take it, which read `unix:/x` as a host name: `HOST:PORT`, or `unix://` before
 * an absolute path. Throws an error whose message says how to write it.
 */
export function targetOf(address: string): string {
  const parsed = parseAddress(address);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed.kind === 'unix' ? `unix://${resolve(parsed.path)}` : formatAddress(parsed);
}
