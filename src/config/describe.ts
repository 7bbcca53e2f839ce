import type { Kind } from './settings.js';
import { formatBytes, formatDuration } from './units.js';

/** What a setting takes, in words that follow "must be". */
export function describeKind(kind: Kind): string {
  switch (kind.type) {
    case 'addresses':
      return 'one or more addresses';
    case 'boolean':
      return 'true or false';
    case 'bytes':
      return `a size from ${describeRange(kind)}, in bytes or with a unit such as 64KiB`;
    case 'choice':
      return `one of ${kind.choices.join(', ')}`;
    case 'count':
      return `a whole number from ${describeRange(kind)}`;
    case 'duration':
      return `a duration from ${describeRange(kind)}, with its unit, such as 10s or 500ms`;
    case 'path':
      return 'a path';
    case 'store':
      return 'a URL such as sqlite:PATH, redis://HOST or memory:';
  }
}

/** The values that a setting takes, in short; undefined where its kind has no bounds. */
export function describeRange(kind: Kind): string | undefined {
  switch (kind.type) {
    case 'bytes':
      return `${formatBytes(kind.min)} to ${formatBytes(kind.max)}`;
    case 'count':
      return `${kind.min} to ${kind.max}`;
    case 'duration':
      return `${formatDuration(kind.min)} to ${formatDuration(kind.max)}`;
    default:
      return undefined;
  }
}
