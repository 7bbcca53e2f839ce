import type { StoreService } from '#gen/trackside/v1/store_service_pb.js';
import type { BackendDescription } from '../../storage/ports/backend.js';
import type { Handlers } from '../define.js';

/** What is asked for stores. */
export interface StoreContext {
  /** The stores as they are now, with the services that are kept in each. */
  describe(): Promise<readonly (BackendDescription & { readonly services: readonly string[] })[]>;
}

/** The handlers of StoreService. */
export function storeHandlers({ describe }: StoreContext): Handlers<typeof StoreService> {
  return {
    describeStores: async () => {
      const stores = await describe();
      return {
        stores: stores.map(({ services, engine, location, durability, warnings = [] }) => {
          return { services: [...services], engine, location, durability, warnings: [...warnings] };
        }),
      };
    },
  };
}
