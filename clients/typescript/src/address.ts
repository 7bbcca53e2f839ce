import { isIP } from 'node:net';
import { resolve } from 'node:path';

/**
 * An address as gRPC's clients take it, which read `unix:/x` as a host name: `HOST:PORT`, or `unix://` before
 * an absolute path. Throws an error whose message says how to write it.
 */
export function targetOf(address: string): string {
  if (address.startsWith('unix:')) return `unix://${resolve(socketPath(address))}`;
  const [, ipv6, host = ipv6, port] = /^(?:\[([^\]]+)\]|([^:/\s]+)):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || (ipv6 !== undefined && isIP(ipv6) !== 6) || Number(port) > 65_535) {
    throw new Error(`"${address}" is not an address: write it as 127.0.0.1:7420, [::1]:7420 or unix:PATH`);
  }
  return address;
}

function socketPath(address: string): string {
  const [, path] = /^unix:(?:\/\/)?(.+)$/.exec(address) ?? [];
  if (path === undefined || (address.startsWith('unix://') && !path.startsWith('/'))) {
    throw new Error(`"${address}" is not an address: write it as unix:PATH or unix:///PATH`);
  }
  return path;
}
