import { performance } from 'node:perf_hooks';
import type { Micros } from './ports/common.js';

const start = Date.now() * 1_000 - Math.round(performance.now() * 1_000);

/** Microseconds since the epoch by a clock that never goes back, whatever is done to the machine's. */
export function steadyNow(): Micros {
  return start + Math.round(performance.now() * 1_000);
}
