import { afterEach, expect, test } from '@jest/globals';
import { failureOf, span, upTo } from '../e2e/calls.js';
import { json } from '../e2e/keyed.js';
import { cleanUp, startSidecar } from '../e2e/sidecar.js';
import { isInstalled } from '../servers/servers.js';
import { cli, RedisServer } from './redis-site.js';

let server: RedisServer | undefined;
afterEach(async () => {
  await cleanUp();
  await server?.[Symbol.asyncDispose]();
});

(isInstalled('redis-server') ? test : test.skip)(
  'a server without memory refuses what takes room, of every service, lets go on what makes room, and recovers',
  async () => {
    server = await RedisServer.start();
    const { port, url: storage } = server;
    const { connection } = await startSidecar({ storage, env: { TRACKSIDE_STORAGE_CACHE: storage } });
    const { tracker, queue, lock, cache, record } = connection;
    const lifetime = span(60_000);
    const writes: readonly ((id: string) => Promise<unknown>)[] = [
      (id) =>
        tracker.appendEvents({
          ...{ conversationId: id, appendId: id },
          events: upTo(3).map((n) => ({ type: 'user', data: `{"n":${n}}` })),
        }),
      (id) => queue.pushMessages({ queueId: id, requestId: id, messages: [{ value: json('1') }] }),
      (id) => lock.acquireLock({ lockId: id, requestId: id, lifetime }),
      (id) => cache.setEntry({ key: id, value: json('1'), requestId: id }),
      (id) => cache.incrementEntry({ key: `n-${id}`, requestId: id }),
      (id) => record.setRecord({ key: id, value: json('1'), requestId: id }),
      (id) => record.appendItems({ key: `l-${id}`, items: [json('1')], requestId: id }),
    ];
    const writeAll = (id: string) =>
      Promise.all(writes.map((write) => failureOf(write(id)).catch(() => 'done')));

    const done = writes.map(() => 'done');
    expect(await writeAll('before')).toEqual(done);
    const { grant } = await lock.acquireLock({ lockId: 'before', requestId: 'before', lifetime });
    const { deliveries } = await queue.claimMessages({ queueId: 'before', lease: lifetime });
    await cli(port, 'config', 'set', 'maxmemory', 1);

    const refused = { code: 'RESOURCE_EXHAUSTED', reason: 'STORE_FULL' };
    expect(await writeAll('full')).toMatchObject(writes.map(() => refused));
    // Nothing of it is there.
    expect(await failureOf(tracker.getConversation({ conversationId: 'full' }))).toMatchObject({
      reason: 'CONVERSATION_NOT_FOUND',
    });
    const { ready, inFlight } = (await queue.getQueue({ queueId: 'full' })).queue!;
    expect([ready, inFlight]).toEqual([0n, 0n]);
    expect((await lock.getLock({ lockId: 'full' })).lock).toBeUndefined();
    expect((await cache.listEntryKeys({})).keys).toEqual(['before', 'n-before']);
    expect((await record.listRecordKeys({})).keys).toEqual(['before', 'l-before']);

    // What is read, and what makes room, goes on.
    const { events } = await tracker.listEvents({ conversationId: 'before' });
    expect(events).toHaveLength(3);
    const settled = await queue.ackMessages({ queueId: 'before', receipts: [deliveries[0]!.receipt] });
    expect(settled.results).toMatchObject([{ done: true }]);
    await lock.releaseLock({ lockId: 'before', fence: grant!.fence });
    await cache.deleteEntry({ key: 'before' });
    await record.deleteRecord({ key: 'before' });
    await tracker.deleteConversation({ conversationId: 'before', requestId: 'd' });

    await cli(port, 'config', 'set', 'maxmemory', 0);
    expect(await writeAll('full')).toEqual(done);
    expect((await tracker.listEvents({ conversationId: 'full' })).events).toHaveLength(3);
  },
);
