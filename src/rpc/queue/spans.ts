import type { Duration } from '@bufbuild/protobuf/wkt';
import type { Patience } from '../../queue/waiter.js';
import type { Micros } from '../../storage/ports/common.js';
import { checkDuration } from '../check.js';
import type { Call } from '../define.js';
import type { QueueContext } from './context.js';

const lease = { minMs: 10, maxMs: 12 * 3_600_000 };
const maxDelayMs = 7 * 86_400_000;
const maxWaitMs = 3_600_000;

/** How long a claim is leased. */
export function checkLease(field: string, value: Duration | undefined, { defaults }: QueueContext): Micros {
  const ms = value ? checkDuration(field, value, lease.minMs, lease.maxMs) : defaults.leaseMs;
  return Math.round(ms * 1_000);
}

/** After which time a message may be claimed; undefined for at once. */
export function checkDelay(field: string, value: Duration | undefined): Micros | undefined {
  const ms = value ? checkDuration(field, value, 0, maxDelayMs) : 0;
  return Math.round(ms * 1_000) || undefined;
}

/** How long a call waits. */
export function checkWait(value: Duration | undefined, { signal }: Call): Patience {
  return { waitMs: value ? checkDuration('wait_duration', value, 0, maxWaitMs) : 0, signal };
}
