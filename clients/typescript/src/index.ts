export { targetOf } from './address.js';
export { type ClientOf, clientOf } from './client.js';
export {
  type CacheClient,
  type Connection,
  type ConnectOptions,
  connect,
  type LockClient,
  openChannel,
  type QueueClient,
  type RecordClient,
  type StoreClient,
  type TrackerClient,
} from './connect.js';
export { type Definition, definitionOf } from './definition.js';
export { CallError, type Violation } from './error.js';
export type { TimeoutOption } from './options.js';
export { backoffMs, isTransient, retrying } from './retry.js';
