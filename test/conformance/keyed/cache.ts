import { expect } from '@jest/globals';
import type { CacheStore, EntryWrite } from '#src/storage/ports/cache.js';
import { allKeys } from './observations.js';

type Declare = (behaviour: string, body: (store: CacheStore) => Promise<void>) => void;

const now = 1_000_000_000;
const day = 24 * 3_600_000_000;

const set = (key: string, value: string | Uint8Array, more: Partial<EntryWrite> = {}): EntryWrite =>
  ({
    kind: 'set',
    key,
    value,
    expireTime: undefined,
    condition: 'any',
    request: undefined,
    ...more,
  }) as EntryWrite;
const increment = (key: string, delta: bigint, more: Partial<EntryWrite> = {}): EntryWrite =>
  ({ kind: 'increment', key, delta, expireTime: undefined, request: undefined, ...more }) as EntryWrite;

export function cacheTests(it: Declare): void {
  it('gives back JSON to the letter and bytes as they were', async (store) => {
    const values = ['{"b": 1.0, "a":1e2}', '""', new Uint8Array([0, 1, 255]), new Uint8Array()];
    await store.write(
      values.map((value, i) => set(`k${i}`, value)),
      now,
    );
    const found = await store.get(['k0', 'k1', 'k2', 'k3'], 1_000, now);
    expect(found.map((one) => plainOf(one!.value!))).toEqual(values.map(plainOf));
  });

  it('ends an entry at its expiry, to the microsecond', async (store) => {
    await store.write([set('k', '1', { expireTime: now + 10 })], now);
    expect(await store.get(['k'], 100, now + 9)).toMatchObject([{ value: '1' }]);
    expect(await store.get(['k'], 100, now + 10)).toEqual([undefined]);
    expect(await allKeys(store, '', now + 10)).toEqual([]);
  });

  it('adds up to the edges of 64 bits and not beyond', async (store) => {
    const max = 2n ** 63n - 1n;
    const outcomes = await store.write(
      [increment('k', max), increment('k', 1n), increment('k', -max), increment('k', -1n)],
      now,
    );
    expect(outcomes.map((one) => (one.status === 'done' ? one.result.number : one.status))).toEqual([
      `${max}`,
      'out_of_range',
      '0',
      '-1',
    ]);
  });

  it('remembers an id for a day and no longer', async (store) => {
    const write = increment('k', 1n, { request: { id: 'r', digest: 'd' } });
    const statuses = [];
    for (const time of [now, now + day - 1, now + day]) {
      statuses.push((await store.write([write], time))[0]!.status);
    }
    expect(statuses).toEqual(['done', 'repeated', 'done']);
  });

  it('lets one of many concurrent writers through that expect the key to be absent', async (store) => {
    const writers = Array.from({ length: 40 }, (_, i) =>
      store.write([set('k', `${i}`, { condition: 'absent' })], now),
    );
    const outcomes = (await Promise.all(writers)).flat();
    expect(outcomes.filter((one) => one.status === 'done' && one.result.applied)).toHaveLength(1);
  });

  it('marks what a response has no room for, and still shows what fits', async (store) => {
    await store.write([set('big', `"${'x'.repeat(98)}"`), set('small', '1')], now);
    const found = await store.get(['big', 'big', 'small'], 150, now);
    expect(found.map((one) => one!.value?.length)).toEqual([100, undefined, 1]);
  });

  it('removes what has expired in steps', async (store) => {
    const writes = Array.from({ length: 25 }, (_, i) => set(`k${i}`, '1', { expireTime: now + 1 }));
    await store.write([...writes, set('kept', '1')], now);
    let steps = 1;
    while (await store.sweep(10, now + 1)) steps += 1;
    expect(steps).toBe(3);
    expect(await allKeys(store, '', now)).toEqual(['kept']);
  });

  it('lists keys by a pattern', async (store) => {
    await store.write(
      ['a:1', 'a:2', 'a:10', 'b*', 'b?', 'a:\u{1f600}'].map((key) => set(key, '1')),
      now,
    );
    const list = async (pattern: string) => (await store.keys({ pattern, after: '', limit: 10 }, now)).keys;
    expect(await list('a:*')).toEqual(['a:1', 'a:10', 'a:2', 'a:\u{1f600}']);
    expect(await list('a:?')).toEqual(['a:1', 'a:2', 'a:\u{1f600}']);
    expect(await list('b\\*')).toEqual(['b*']);
    expect(await list('*1*')).toEqual(['a:1', 'a:10']);
    expect(await list('*c')).toEqual([]);
  });
}

function plainOf(value: string | Uint8Array): unknown {
  return typeof value === 'string' ? value : [...value];
}
