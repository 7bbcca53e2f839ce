import { BlockList, isIP } from 'node:net';

/** Where the sidecar listens. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** The longest path that the operating system takes for a socket. */
const maxSocketPathBytes = process.platform === 'darwin' ? 103 : 107;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH` or `unix:///PATH`. Where the text is none of these, the result
 * is a sentence on how to write it.
 */
export function parseAddress(text: string): Address | string {
  if (text.startsWith('unix:')) return parseSocket(text.slice('unix:'.length));
  const [, ipv6, host = ipv6, digits = ''] = /^(?:\[([^\]]+)\]|([^:/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || (ipv6 !== undefined && isIP(ipv6) !== 6) || port > 65_535) {
    return `"${text}" is not an address: write it as 127.0.0.1:7420, [::1]:7420 or unix:PATH`;
  }
  return { kind: 'tcp', host, port };
}

function parseSocket(rest: string): Address | string {
  const path = rest.startsWith('//') ? rest.slice(2) : rest;
  if (path === '' || (rest.startsWith('//') && !path.startsWith('/'))) {
    return `"unix:${rest}" is not an address: write it as unix:PATH or unix:///PATH`;
  }
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    return `"unix:${rest}" is too long for a socket: ${maxSocketPathBytes} bytes at most`;
  }
  return { kind: 'unix', path };
}

/** The parts of a list of addresses, which is a list or one text with commas; undefined for anything else. */
export function splitAddresses(raw: unknown): readonly string[] | undefined {
  if (typeof raw === 'string') return raw.split(',').map((part) => part.trim());
  return Array.isArray(raw) && raw.every((item) => typeof item === 'string') ? raw : undefined;
}

/** The address as it is written in the configuration. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether only this machine reaches the address. */
export function isLocal(address: Address): boolean {
  if (address.kind === 'unix' || address.host === 'localhost') return true;
  const family = isIP(address.host);
  return family !== 0 && loopback.check(address.host, family === 6 ? 'ipv6' : 'ipv4');
}
