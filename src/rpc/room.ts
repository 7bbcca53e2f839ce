import type { Limits } from '../config/settings.js';

/** What a response takes besides its values, at most: for itself and for each of them. */
const frameBytes = { response: 1_024, value: 48 } as const;

/** The bytes of values that a response with so many results has room for. */
export function roomFor(results: number, limits: Limits, eachBytes: number = frameBytes.value): number {
  return limits.responseBytes - frameBytes.response - results * eachBytes;
}
