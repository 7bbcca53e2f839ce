import { type Address, formatAddress } from './address.js';
import type { Setting } from './settings.js';
import { formatBytes, formatDuration } from './units.js';

/** A setting's value as people write it. */
export function formatValue({ kind, secret }: Setting, value: unknown): string {
  switch (kind.type) {
    case 'addresses':
      return (value as readonly Address[]).map(formatAddress).join(',');
    case 'bytes':
      return formatBytes(value as number);
    case 'duration':
      return formatDuration(value as number);
    default:
      return secret ? redactUrl(String(value)) : String(value);
  }
}

/** A URL without the passwords, tokens and keys in it. */
export function redactUrl(url: string): string {
  return url
    .replace(/^([^:]*:(?:\/\/)?[^:@]*:).*@/, '$1***@')
    .replace(/([?&][^=&#]*(?:pass|pwd|secret|token|key)[^=&#]*=)[^&#]*/gi, '$1***');
}
