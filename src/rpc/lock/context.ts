import type { Limits } from '../../config/settings.js';
import type { LockDesk } from '../../lock/desk.js';

/** What the locks' calls work with. */
export interface LockContext {
  readonly desk: LockDesk;
  readonly limits: Limits;
  /** How long a lock is held where a call says nothing else, in milliseconds. */
  readonly lifetimeMs: number;
  /** How long a stream's holding outlasts this process, in milliseconds. */
  readonly leaseMs: number;
}
