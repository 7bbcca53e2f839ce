import { type Address, formatAddress } from './config/address.js';
import type { Config } from './config/settings.js';
import { Feed } from './feed/feed.js';
import { Budget } from './storage/budget.js';
import type { Backend, BackendDescription } from './storage/ports/backend.js';
import type { TrackerStore } from './storage/ports/tracker.js';
import { open } from './storage/registry.js';
import { sweepExpired } from './storage/sweeper.js';
import type { Logger } from './telemetry/log.js';
import { Batcher } from './tracker/batcher.js';
import { scrubErased } from './tracker/scrubber.js';
import type { DomainSlots } from './tracker/slots.js';

/** A running sidecar. */
export interface App {
  /** Where it listens, with the ports that were taken. */
  readonly addresses: readonly string[];
  readonly storage: BackendDescription;
  /** Refuses new calls, ends feeds, lets calls finish, closes the store: within the configured grace. */
  close(): Promise<void>;
}

/** Builds the sidecar; what was built is closed again, in reverse, also where a later step fails. */
export async function startApp(config: Config, log: Logger): Promise<App> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    // The store's thread starts while the server's modules load.
    const [backends, { RpcServer }] = await Promise.all([
      openBackends(config, closers),
      import('./rpc/server.js'),
    ]);
    const backend = backends.tracker;
    const tracker = await buildTracker(config, backend.tracker!, log, closers);
    const [cache, record] = [backends.cache.cache!, backends.record.record!];
    for (const store of [cache, record]) {
      const sweeper = sweepExpired(store, (err) => log.warn({ err }, 'removing expired content failed'));
      closers.push(async () => sweeper[Symbol.asyncDispose]());
    }
    const server = new RpcServer({
      tracker,
      cache: { store: cache, limits: config.limits },
      record: { store: record, limits: config.limits },
      maxCalls: config.limits.calls,
      onDefect: (method, err) => log.error({ method, err }, 'a call failed'),
    });
    closers.push(() => server.close(config.shutdown.graceMs));
    closers.push(async () => {
      server.refuse();
      tracker.feed.close();
    });
    const addresses: Address[] = [];
    for (const address of config.listen) addresses.push(await server.listen(address));
    return { addresses: addresses.map(formatAddress), storage: backend.describe(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens each service's store; those of one URL share one backend. */
async function openBackends(config: Config, closers: (() => Promise<void>)[]) {
  const byUrl = new Map<string, Promise<Backend>>();
  const backendOf = (url: string): Promise<Backend> => {
    let backend = byUrl.get(url);
    if (!backend) {
      backend = open(url, { ...config.tracker, cacheBytes: config.cache.maxBytes });
      byUrl.set(url, backend);
    }
    return backend;
  };
  const { tracker, cache, record } = config.storage;
  const opened = [tracker, cache, record].map(backendOf);
  // All of them are waited for, so that what was opened is closed where another one fails.
  const settled = await Promise.allSettled(byUrl.values());
  for (const one of settled) {
    if (one.status === 'fulfilled') closers.push(async () => one.value[Symbol.asyncDispose]());
  }
  const [trackers, caches, records] = await Promise.all(opened);
  return { tracker: trackers!, cache: caches!, record: records! };
}

async function buildTracker(
  config: Config,
  store: TrackerStore,
  log: Logger,
  closers: (() => Promise<void>)[],
) {
  const { limits } = config;
  const feed = new Feed(store, config.feed);
  const hints = await store.onAppend?.((partition) => feed.wake(partition));
  if (hints) closers.push(async () => hints[Symbol.asyncDispose]());
  const batcher = new Batcher(store, {
    budget: new Budget('limits.pending_append_bytes', limits.pendingAppendBytes),
    onStored: (partition) => feed.wake(partition),
  });
  const scrubber = scrubErased(store, (err) => log.warn({ err }, 'removing erased content failed'));
  closers.push(async () => scrubber[Symbol.asyncDispose]());
  const slots = await readSlots(config.tracker.domain);
  const reading = new Budget('limits.reading_bytes', limits.readingBytes);
  return { store, feed, batcher, slots, limits, reading, scrub: () => scrubber.wake() };
}

async function readSlots(path: string | undefined): Promise<Partial<DomainSlots>> {
  if (path === undefined) return {};
  const { loadDomainSlots } = await import('./tracker/domain.js');
  return loadDomainSlots(path);
}
