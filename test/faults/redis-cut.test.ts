import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failureOf, span, upTo } from '../e2e/calls.js';
import { json } from '../e2e/keyed.js';
import { cleanUp, type Sidecar, startSidecar } from '../e2e/sidecar.js';
import { isInstalled } from '../servers/servers.js';
import { type Cut, RedisServer, Tunnel, until } from './redis-site.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 4);

/** Until a sidecar has connected again, on a busy machine; to be told only by upkeep would take it three times that. */
const soonMs = 6_000;
const env = { TRACKSIDE_LOCK_LEASE: '60s' };

let server: RedisServer;
let tunnel: Tunnel;
/** One that is cut off now and then, and one that sees what came of it. */
let sidecar: Sidecar;
let other: Sidecar;

const isThere = isInstalled('redis-server');
beforeAll(async () => {
  if (!isThere) return;
  server = await RedisServer.start();
  tunnel = await Tunnel.to(server.port);
  const start = (storage: string) =>
    startSidecar({ storage, env: { ...env, TRACKSIDE_STORAGE_CACHE: storage } });
  sidecar = await start(tunnel.url);
  other = await start(server.url);
});
afterAll(async () => {
  await cleanUp();
  await tunnel?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** By queue, the receipt of its message. */
const receipts = new Map<string, string>();

/** A write that bears an id, and what shows that it was done once. */
interface Case {
  readonly name: string;
  /** Makes all ready that the write needs; what the write is called by on its way to the server. */
  prepare?(id: string): Promise<string>;
  /** Answers whether it had been done before, where that is told. */
  write(id: string): Promise<boolean | undefined>;
  /** How often it took effect. */
  count(id: string): Promise<number>;
}

const cases: readonly Case[] = [
  {
    name: 'an append',
    write: async (id) => {
      const events = [{ type: 'user', data: '{}' }];
      return (await sidecar.tracker.appendEvents({ conversationId: 'c', appendId: id, events })).duplicate;
    },
    count: async (id) => {
      const { tracker } = await other.tracker.getTracker({ conversationId: 'c', allSessions: true });
      return tracker!.events.filter(({ appendId }) => appendId === id).length;
    },
  },
  {
    name: 'a push',
    write: async (id) => {
      const request = { queueId: id, requestId: id, messages: [{ value: json('1') }] };
      return (await sidecar.connection.queue.pushMessages(request)).results[0]!.duplicate;
    },
    count: countMessages,
  },
  {
    // Of which the first steps are in another partition than the last.
    name: 'a push of messages of groups, with dedup ids',
    write: async (id) => {
      const messages = upTo(3).map((n) => ({ value: json('1'), groupId: `${id}-${n}`, dedupId: `${n}` }));
      const { results } = await sidecar.connection.queue.pushMessages({
        queueId: id,
        requestId: id,
        messages,
      });
      expect(results.map(({ refused }) => refused)).toEqual([false, false, false]);
      return undefined;
    },
    count: async (id) => (await countMessages(id)) / 3,
  },
  {
    name: 'an acknowledgement',
    prepare: async (queueId) => {
      const { queue } = other.connection;
      const { results } = await queue.pushMessages({ queueId, messages: [{ value: json('1') }] });
      const { deliveries } = await queue.claimMessages({ queueId, lease: span(60_000) });
      receipts.set(queueId, deliveries[0]!.receipt);
      return results[0]!.messageId;
    },
    write: async (queueId) => {
      const receipt = receipts.get(queueId)!;
      const { results } = await sidecar.connection.queue.ackMessages({ queueId, receipts: [receipt] });
      expect(results).toMatchObject([{ done: true }]);
      return undefined;
    },
    count: async (queueId) => 1 - (await countMessages(queueId)),
  },
  {
    name: 'a lock',
    write: async (id) => {
      const request = { lockId: id, requestId: id, lifetime: span(60_000) };
      expect((await sidecar.connection.lock.acquireLock(request)).grant).toBeDefined();
      return undefined;
    },
    count: async (id) => {
      const { lock, waiters } = await other.connection.lock.getLock({ lockId: id });
      return (lock ? 1 : 0) + waiters.length;
    },
  },
  {
    name: 'an increment of a cache entry',
    write: async (id) =>
      (await sidecar.connection.cache.incrementEntry({ key: id, requestId: id })).duplicate,
    count: async (id) => Number((await other.connection.cache.incrementEntry({ key: id, delta: 0n })).value),
  },
  {
    name: 'an item of a record',
    write: async (id) => {
      const request = { key: id, requestId: id, items: [json('1')] };
      return (await sidecar.connection.record.appendItems(request)).duplicate;
    },
    count: async (id) => Number((await other.connection.record.listItems({ key: id })).count),
  },
];

async function countMessages(queueId: string): Promise<number> {
  const { ready, inFlight } = (await other.connection.queue.getQueue({ queueId })).queue!;
  return Number(ready + inFlight);
}

(isThere ? describe.each(cases) : describe.skip.each(cases))('$name', ({ prepare, write, count }) => {
  test.each<[string, Cut]>([
    ['is not done where the connection is cut before it', 'before'],
    ['is done where the connection is cut before its answer, and the repeat finds out', 'behind'],
  ])(
    '%s',
    async (_, cut) => {
      for (const round of upTo(rounds)) {
        const id = `${cut}-${round}-${Math.random()}`;
        const mark = (await prepare?.(id)) ?? id;
        const sprung = tunnel.cutAt(mark, cut);
        expect(await failureOf(write(id))).toMatchObject({
          code: 'UNAVAILABLE',
          reason: 'STORE_UNAVAILABLE',
        });
        await sprung;
        const wasDone = await count(id);
        if (cut === 'before') expect(wasDone).toBe(0);
        const repeated = await write(id);
        if (repeated !== undefined) {
          expect(wasDone).toBe(cut === 'before' ? 0 : 1);
          expect(repeated).toBe(cut === 'behind');
        }
        expect(await count(id)).toBe(1);
      }
    },
    30_000 + rounds * 5_000,
  );
});

(isThere ? describe : describe.skip)('who waits at a sidecar that was cut off', () => {
  test('learns soon what happened at another one meanwhile', async () => {
    const wait = { lifetime: span(60_000), waitDuration: span(60_000) };
    const holder = { lockId: 'awaited', requestId: 'first', ...wait };
    const { grant } = await other.connection.lock.acquireLock(holder);
    const acquiring = sidecar.connection.lock.acquireLock({ ...holder, requestId: 'second' });
    const { queue } = sidecar.connection;
    const popping = queue.popMessage({ queueId: 'awaited', waitDuration: span(60_000) });
    await until(async () => (await other.connection.lock.getLock(holder)).waiters.length === 1);
    await queue.getQueue({ queueId: 'awaited' });
    await tunnel.closeFor(async () => {
      await other.connection.lock.releaseLock({ lockId: 'awaited', fence: grant!.fence });
      const messages = [{ value: json('1') }];
      await other.connection.queue.pushMessages({ queueId: 'awaited', messages });
    });
    const began = performance.now();
    expect((await popping).message).toBeDefined();
    expect((await acquiring).grant).toBeDefined();
    expect(performance.now() - began).toBeLessThan(soonMs);
  }, 60_000);
});
