import { type Address, formatAddress } from './config/address.js';
import type { Config } from './config/settings.js';
import { Feed } from './feed/feed.js';
import { LockDesk } from './lock/desk.js';
import { QueueDesk } from './queue/desk.js';
import { Budget } from './storage/budget.js';
import type { Backend, BackendDescription } from './storage/ports/backend.js';
import type { LockStore } from './storage/ports/lock.js';
import type { TrackerStore } from './storage/ports/tracker.js';
import { canonical, open } from './storage/registry.js';
import { sweepExpired } from './storage/sweeper.js';
import type { Logger } from './telemetry/log.js';
import { Batcher } from './tracker/batcher.js';
import { scrubErased } from './tracker/scrubber.js';
import type { DomainSlots } from './tracker/slots.js';

/** A running sidecar. */
export interface App {
  /** Where it listens, with the ports that were taken. */
  readonly addresses: readonly string[];
  readonly stores: readonly StoreDescription[];
  /** Refuses new calls, ends feeds, lets calls finish, closes the store: within the configured grace. */
  close(): Promise<void>;
}

/** A service that has a store. */
type Service = keyof Config['storage'];

/** A store, and the services that are kept in it. */
export interface StoreDescription extends BackendDescription {
  readonly services: readonly Service[];
}

interface OpenStore {
  readonly services: readonly Service[];
  readonly backend: Backend;
}

/** Builds the sidecar; what was built is closed again, in reverse, also where a later step fails. */
export async function startApp(config: Config, log: Logger): Promise<App> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    // The store's thread starts while the server's modules load.
    const [stores, { RpcServer }] = await Promise.all([
      openStores(config, closers),
      import('./rpc/server.js'),
    ]);
    const tracker = await buildTracker(config, storeOf(stores, 'tracker'), log, closers);
    const [cache, record] = [storeOf(stores, 'cache'), storeOf(stores, 'record')];
    for (const store of [cache, record]) {
      const sweeper = sweepExpired(store, (err) => log.warn({ err }, 'removing expired content failed'));
      closers.push(async () => sweeper[Symbol.asyncDispose]());
    }
    const lock = await buildLock(config, storeOf(stores, 'lock'), log, closers);
    const queue = await buildQueue(config, stores, log, closers);
    const server = new RpcServer({
      tracker,
      cache: { store: cache, limits: config.limits },
      record: { store: record, limits: config.limits },
      lock,
      queue,
      store: { describe: () => describeAll(stores) },
      maxCalls: config.limits.calls,
      onDefect: (method, err) => log.error({ method, err }, 'a call failed'),
    });
    closers.push(() => server.close(config.shutdown.graceMs));
    closers.push(async () => {
      server.refuse();
      tracker.feed.close();
      lock.desk.close();
      queue.desk.close();
    });
    const addresses: Address[] = [];
    for (const address of config.listen) addresses.push(await server.listen(address));
    return { addresses: addresses.map(formatAddress), stores: await describeAll(stores), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens the services' stores, each once however many services and spellings of its URL name it. */
async function openStores(config: Config, closers: (() => Promise<void>)[]): Promise<readonly OpenStore[]> {
  const servicesOf = new Map<string, Service[]>();
  for (const [service, url] of Object.entries(config.storage) as [Service, string][]) {
    const store = await canonical(url);
    servicesOf.set(store, [...(servicesOf.get(store) ?? []), service]);
  }
  const options = {
    partitions: config.tracker.partitions,
    erasureRetention: config.tracker.erasureRetentionMs * 1_000,
    cacheBytes: config.cache.maxBytes,
    queueBytes: config.queue.maxBytes,
    dedupWindow: config.queue.dedupWindowMs * 1_000,
  };
  const { retentionMs } = config.tracker;
  const retention = retentionMs === undefined ? undefined : retentionMs * 1_000;
  const opening = [...servicesOf].map(async ([url, services]) => ({
    services,
    backend: await open(url, services.includes('tracker') ? { ...options, retention } : options),
  }));
  // All of them are waited for, so that what was opened is closed where another one fails.
  for (const one of await Promise.allSettled(opening)) {
    if (one.status === 'fulfilled') closers.push(async () => one.value.backend[Symbol.asyncDispose]());
  }
  return Promise.all(opening);
}

function storeOf<S extends Service>(stores: readonly OpenStore[], service: S): NonNullable<Backend[S]> {
  return stores.find(({ services }) => services.includes(service))!.backend[service]!;
}

function describeAll(stores: readonly OpenStore[]): Promise<readonly StoreDescription[]> {
  return Promise.all(
    stores.map(async ({ services, backend }) => ({ services, ...(await backend.describe()) })),
  );
}

async function buildTracker(
  config: Config,
  store: TrackerStore,
  log: Logger,
  closers: (() => Promise<void>)[],
) {
  const { limits } = config;
  const { retentionMs } = config.tracker;
  const feed = new Feed(store, { ...config.feed, retentionMs });
  const hints = await store.onAppend?.((partition) => feed.wake(partition));
  if (hints) closers.push(async () => hints[Symbol.asyncDispose]());
  const batcher = new Batcher(store, {
    budget: new Budget('limits.pending_append_bytes', limits.pendingAppendBytes),
    onStored: (partition) => feed.wake(partition),
  });
  const onError = (err: unknown) => log.warn({ err }, 'removing erased content failed');
  const scrubber = scrubErased(store, retentionMs, onError);
  closers.push(async () => scrubber[Symbol.asyncDispose]());
  const slots = await readSlots(config.tracker.domain);
  const reading = new Budget('limits.reading_bytes', limits.readingBytes);
  return { store, feed, batcher, slots, limits, reading, scrub: () => scrubber.wake() };
}

async function buildLock(
  { lock, limits }: Config,
  store: LockStore,
  log: Logger,
  closers: (() => Promise<void>)[],
) {
  const onError = (err: unknown) => log.warn({ err }, 'upkeep of locks failed');
  const desk = await LockDesk.open(store, {
    lease: lock.leaseMs * 1_000,
    maxWaiting: limits.lockWaiting,
    maxStreams: limits.holdings,
    onError,
  });
  closers.push(async () => desk[Symbol.asyncDispose]());
  const sweeper = sweepExpired(store, onError);
  closers.push(async () => sweeper[Symbol.asyncDispose]());
  return { desk, limits, ...lock };
}

async function buildQueue(
  { queue: defaults, limits }: Config,
  stores: readonly OpenStore[],
  log: Logger,
  closers: (() => Promise<void>)[],
) {
  const store = storeOf(stores, 'queue');
  const groups = stores.some(({ services }) => services.includes('queue') && services.includes('lock'));
  const onError = (err: unknown) => log.warn({ err }, 'upkeep of queues failed');
  const desk = await QueueDesk.open(store, { groups, onError });
  closers.push(async () => desk[Symbol.asyncDispose]());
  const sweeper = sweepExpired(store, onError);
  closers.push(async () => sweeper[Symbol.asyncDispose]());
  return { store, desk, limits, defaults };
}

async function readSlots(path: string | undefined): Promise<Partial<DomainSlots>> {
  if (path === undefined) return {};
  const { loadDomainSlots } = await import('./tracker/domain.js');
  return loadDomainSlots(path);
}
