import type { LockSeen } from './observations.js';
import * as validate from './validators.js';

/** Judges everything that was seen of the locks of a store. */
export function judgeLocks(seen: readonly LockSeen[]): void {
  validate.exclusive(seen);
  validate.safe(seen);
  validate.fair(seen);
  validate.prompt(seen);
  validate.selfHealing(seen);
}
