import { describe, expect, jest, test } from '@jest/globals';
import { keyPattern, pageOf } from '#src/storage/keys.js';
import { openCache } from '#src/storage/memory/cache.js';
import { Entries } from '#src/storage/memory/entries.js';
import { MemoryRequests } from '#src/storage/memory/requests.js';
import { maxRequests } from '#src/storage/once.js';
import type { EntryWrite } from '#src/storage/ports/cache.js';

const now = 1_000_000_000;
const entry = (value: string, expireTime?: number) => ({ value, expireTime });

describe('a cache in memory', () => {
  test('stays within its bytes, whatever is written', () => {
    const entries = new Entries(100_000);
    for (let i = 0; i < 20_000; i++) {
      entries.put(`key-${i % 3_000}`, entry('x'.repeat(i % 700), i % 2 ? now + 1 : undefined));
      expect(entries.bytes).toBeLessThanOrEqual(100_000);
    }
    for (const key of [...entries.keysFrom('', '', now)]) entries.remove(key);
    expect(entries.bytes).toBe(0);
  });

  test('gives up what was not used for longest', () => {
    const entries = new Entries(10_000);
    const used = 'used';
    entries.put(used, entry('x'));
    entries.put('unused', entry('x'));
    for (let i = 0; i < 100; i++) {
      entries.put(`other-${i}`, entry('x'));
      expect(entries.use(used, now)).toBeDefined();
    }
    expect(entries.peek('unused', now)).toBeUndefined();
  });

  test('neither goes over its entries nor moves them, to use one or to give one up', () => {
    const entries = new Entries(1 << 20);
    for (let i = 0; i < 10_000; i++) entries.put(`key-${i}`, entry('x'));
    const walks = (['keys', 'values', 'entries', Symbol.iterator] as const).map((name) =>
      jest.spyOn(Map.prototype, name as 'entries'),
    );
    const sets = jest.spyOn(Map.prototype, 'set');
    for (let i = 0; i < 1_000; i++) expect(entries.use('key-9999', now)).toBeDefined();
    const moved = sets.mock.calls.length;
    for (let i = 10_000; i < 11_000; i++) entries.put(`key-${i}`, entry('x'));
    const walked = walks.map(({ mock }) => mock.calls.length);
    for (const spy of [...walks, sets]) spy.mockRestore();
    expect(moved).toBe(0);
    expect(walked).toEqual([0, 0, 0, 0]);
    expect(entries.peek('key-9999', now)).toBeDefined();
  });

  test('holds no more after 200,000 writes of many clients than before', async () => {
    const cache = openCache(1 << 20);
    const write = (i: number): EntryWrite => ({
      kind: 'set',
      key: `key-${i}`,
      value: '"0123456789"',
      expireTime: now + 1,
      condition: 'any',
      request: undefined,
    });
    const round = async () => {
      for (let i = 0; i < 100; i++) {
        await cache.write(
          Array.from({ length: 1_000 }, (_, j) => write(i * 1_000 + j)),
          now,
        );
      }
      const keys = await cache.keys({ pattern: '*', after: '', limit: 100_000 }, now);
      return keys.keys.length;
    };
    const first = await round();
    expect(first).toBeLessThan(5_000);
    expect(await round()).toBe(first);
  });
});

test('requests that are remembered are bounded', () => {
  const requests = new MemoryRequests();
  for (let i = 0; i <= maxRequests; i++) requests.add({ id: `${i}`, digest: '' }, i, now);
  expect(requests.find('0', now)).toBeUndefined();
  expect(requests.find('1', now)).toBeDefined();
});

describe('patterns', () => {
  test.each([
    ['', 'anything', true],
    ['a*c', 'ac', true],
    ['a*c', 'abcb', false],
    ['*a*b*', 'xaxxbx', true],
    ['?', '\u{1f600}', true],
    ['a\\?', 'ab', false],
    ['a\\?', 'a?', true],
    ['\\\\', '\\', true],
    ['a', 'ab', false],
  ])('%j and %j', (pattern, key, is) => {
    expect(keyPattern(pattern).matches(key)).toBe(is);
  });

  test('a page ends early where nothing matches, and goes on behind what it looked at', () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => 'a'.repeat(500) + i.toString().padStart(4, '0'));
    const query = { pattern: `${'*a'.repeat(250)}b`, limit: 10 };
    let [after, pages] = ['', 0];
    for (;;) {
      const page = pageOf(
        keys.filter((key) => key > after),
        { ...query, after },
      );
      pages += 1;
      expect(page.keys).toEqual([]);
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(pages).toBeGreaterThan(10);
  });
});
