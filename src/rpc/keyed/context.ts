import type { Limits } from '../../config/settings.js';

/** What the calls about keys and values work with. */
export interface KeyedContext<Store> {
  readonly store: Store;
  readonly limits: Limits;
}
