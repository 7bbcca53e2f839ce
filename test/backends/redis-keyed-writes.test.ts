import { afterAll, describe, expect, test } from '@jest/globals';
import type { CacheStore, EntryWrite } from '#src/storage/ports/cache.js';
import type { RecordStore, RecordWrite } from '#src/storage/ports/record.js';
import { openCache } from '#src/storage/redis/cache.js';
import { identify } from '#src/storage/redis/identity.js';
import { Partitions } from '#src/storage/redis/partitions.js';
import { openRecord } from '#src/storage/redis/record.js';
import { isThere, serverNamed } from '../servers/servers.js';
import { Saboteur } from './redis-saboteur.js';
import { connectionTo, newNamespace, removeNamespace, shared, stopShared } from './redis-tools.js';

afterAll(stopShared);

interface Stores {
  readonly cache: CacheStore;
  readonly record: RecordStore;
}

const now = 1_000_000;
const later = now + 1_000;
const keys = ['value', 'number', 'list', 'new'];
const mark = (id: string) => ({ id, digest: id });
const anything = { condition: 'any', expireTime: undefined, request: undefined } as const;

async function begin({ cache, record }: Stores): Promise<void> {
  await cache.write(
    [
      { kind: 'set', key: 'value', value: '"v"', ...anything },
      { kind: 'set', key: 'number', value: '7', ...anything, expireTime: later },
    ],
    now,
  );
  await record.write(
    [
      { kind: 'set', key: 'value', value: '"v"', condition: 'any', request: undefined },
      { kind: 'append', key: 'list', items: ['1', '2'], request: undefined },
    ],
    now,
  );
}

/** All that reads show, but for versions. */
async function show({ cache, record }: Stores): Promise<unknown> {
  const query = { pattern: '*', after: '', limit: 100 };
  const records = await record.get(keys, 1 << 20, now);
  return [
    await cache.get(keys, 1 << 20, now),
    (await cache.keys(query, now)).keys,
    records.map((one) => one && { ...one, version: 0 }),
    (await record.keys(query, now)).keys,
    await record.items('list', { start: 0, end: -1 }, { maxItems: 100, maxBytes: 1 << 20 }),
    await record.items('new', { start: 0, end: -1 }, { maxItems: 100, maxBytes: 1 << 20 }),
  ];
}

const entries: Readonly<Record<string, EntryWrite>> = {
  'a new entry': { kind: 'set', key: 'new', value: '1', ...anything, request: mark('r') },
  'another value': {
    kind: 'set',
    key: 'value',
    value: '2',
    ...anything,
    expireTime: later,
    request: mark('r'),
  },
  'a value without the expiry': { kind: 'set', key: 'number', value: '8', ...anything, request: mark('r') },
  'a deletion': { kind: 'delete', key: 'number', request: mark('r') },
  'an increment': { kind: 'increment', key: 'number', delta: 5n, expireTime: undefined, request: mark('r') },
  'a first increment': { kind: 'increment', key: 'new', delta: 5n, expireTime: later, request: mark('r') },
  'a touch': { kind: 'touch', key: 'value', expireTime: later, request: mark('r') },
  'a touch that ends it': { kind: 'touch', key: 'value', expireTime: now, request: mark('r') },
};

const records: Readonly<Record<string, RecordWrite>> = {
  'a new value': { kind: 'set', key: 'new', value: '1', condition: 'absent', request: mark('r') },
  'another value': { kind: 'set', key: 'value', value: '2', condition: 'present', request: mark('r') },
  'a new list': { kind: 'append', key: 'new', items: ['1', '2'], request: mark('r') },
  'more items': { kind: 'append', key: 'list', items: ['3', '4'], request: mark('r') },
  'a deletion': { kind: 'delete', key: 'value', condition: 'any', request: mark('r') },
  'a deletion of a list': { kind: 'delete', key: 'list', condition: 'any', request: mark('r') },
};

const works = [
  ...Object.entries(entries).map(
    ([name, write]) => [`${name} in the cache`, ({ cache }: Stores) => cache.write([write], now)] as const,
  ),
  ...Object.entries(records).map(
    ([name, write]) =>
      [`${name} among the records`, ({ record }: Stores) => record.write([write], now)] as const,
  ),
];

(isThere(serverNamed('redis')) ? describe : describe.skip)('a script that fails at any of its writes', () => {
  async function withStores(body: (stores: Stores, saboteur: Saboteur) => Promise<void>): Promise<void> {
    const { url } = await shared('redis');
    const namespace = newNamespace();
    const saboteur = new Saboteur(await connectionTo(url));
    try {
      const partitions = new Partitions(saboteur, namespace, await identify(saboteur, namespace, 1));
      await body({ cache: openCache(partitions), record: openRecord(partitions) }, saboteur);
    } finally {
      await removeNamespace(url, namespace);
    }
  }

  test.each(works)('%s is carried out whole or not at all, and once', async (_, write) => {
    let [before, after]: unknown[] = [];
    await withStores(async (stores) => {
      await begin(stores);
      before = await show(stores);
      await write(stores);
      after = await show(stores);
    });
    let writes = 1;
    for (let failed = true; failed; writes++) {
      await withStores(async (stores, saboteur) => {
        await begin(stores);
        saboteur.failAt = writes;
        failed = await write(stores).then(
          () => false,
          () => true,
        );
        saboteur.failAt = 0;
        expect([before, after]).toContainEqual(await show(stores));
        const [outcome] = await write(stores);
        expect(['done', 'repeated']).toContain(outcome!.status);
        expect(await show(stores)).toEqual(after);
        // What is left behind is swept: nothing of it comes back, nothing that lives goes.
        while (await stores.cache.sweep(100, now));
        expect(await show(stores)).toEqual(after);
      });
    }
    expect(writes).toBeGreaterThan(3);
  });
});
