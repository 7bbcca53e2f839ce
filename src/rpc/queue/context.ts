import type { Config, Limits } from '../../config/settings.js';
import type { QueueDesk } from '../../queue/desk.js';
import type { QueueStore } from '../../storage/ports/queue.js';

/** What the calls about queues work with. */
export interface QueueContext {
  readonly store: QueueStore;
  readonly desk: QueueDesk;
  readonly limits: Limits;
  /** What holds where a request says nothing else. */
  readonly defaults: Pick<Config['queue'], 'leaseMs' | 'maxAttempts'>;
}
