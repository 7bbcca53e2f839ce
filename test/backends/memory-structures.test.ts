import { describe, expect, test } from '@jest/globals';
import { SortedIds } from '#src/storage/memory/ids.js';
import { Notices } from '#src/storage/memory/notices.js';
import { Recent } from '#src/storage/memory/recent.js';
import { Sorted } from '#src/storage/memory/sorted.js';
import { heapUsed, randomFrom } from './held-tools.js';

describe('what is sorted', () => {
  test('is as if it were sorted each time', () => {
    const random = randomFrom(1);
    const sorted = new Sorted<number>((a, b) => a - b);
    const items = new Set<number>();
    for (const share of [0.8, 0.2, 0.6, 0]) {
      for (let i = 0; i < 4_000; i++) {
        const item = Math.floor(random() * 10_000);
        if (random() < share && !items.has(item)) {
          sorted.add(item);
          items.add(item);
        } else {
          sorted.delete(item);
          items.delete(item);
        }
      }
      expect(sorted.size).toBe(items.size);
      const inOrder = [...items].sort((a, b) => a - b);
      expect([...sorted.from(0)]).toEqual(inOrder);
      expect(sorted.first).toBe(inOrder[0]);
      for (let item = 0; item < 10_000; item += 500) {
        expect(sorted.rank(item)).toBe(inOrder.filter((other) => other < item).length);
        expect(sorted.from(item).next().value).toBe(inOrder.find((other) => other >= item));
      }
    }
    for (const item of items) sorted.delete(item);
    expect([sorted.size, sorted.first, [...sorted.from(0)]]).toEqual([0, undefined, []]);
  });

  /** The most comparisons that a change takes among so many. */
  function costAmong(count: number): number {
    let comparisons = 0;
    const sorted = new Sorted<number>((a, b) => {
      comparisons += 1;
      return a - b;
    });
    const random = randomFrom(2);
    const items = Array.from({ length: count }, () => random());
    for (const item of items) sorted.add(item);
    // Leave few, far from each other, and fill up again, so that what came and went could have left its traces.
    for (const item of items.slice(count / 100)) sorted.delete(item);
    for (const item of items.slice(count / 100)) sorted.add(item);
    let most = 0;
    for (let i = 0; i < 1_000; i++) {
      const item = random();
      comparisons = 0;
      sorted.add(item);
      sorted.delete(item);
      most = Math.max(most, comparisons);
    }
    return most;
  }

  test('takes a few comparisons more among 100,000 than among 1,000', () => {
    expect(costAmong(100_000)).toBeLessThanOrEqual(costAmong(1_000) + 2 * Math.log2(100) + 6);
  });

  test('gives memory back where few of many are left, far from each other', () => {
    const sorted = new Sorted<number>((a, b) => a - b);
    const before = heapUsed();
    for (let i = 0; i < 200_000; i++) sorted.add(i);
    for (let i = 0; i < 200_000; i++) if (i % 256) sorted.delete(i);
    expect(heapUsed() - before).toBeLessThan(1 << 20);
    expect(sorted.size).toBe(782);
  });

  test('finds each of 100,000 ids that come and go', () => {
    const ids = new SortedIds();
    for (let i = 0; i < 100_000; i++) ids.add(`conversation-${(i * 7_919) % 100_000}`);
    for (let i = 0; i < 100_000; i++) if (i % 100) ids.delete(`conversation-${i}`);
    expect([...ids.from('')]).toHaveLength(1_000);
    for (let i = 0; i < 100_000; i += 100) ids.delete(`conversation-${i}`);
    expect(ids.size).toBe(0);
  });
});

describe('what is remembered', () => {
  const at = (time: number) => ({ time });

  test('is the last so many', () => {
    const forgotten: number[] = [];
    const recent = new Recent<number, { readonly time: number }>({
      window: 100,
      max: 3,
      onForget: (key) => forgotten.push(key),
    });
    for (let key = 0; key < 10; key++) {
      recent.add(key, at(key));
      expect(recent.size).toBe(Math.min(key + 1, 3));
    }
    expect(forgotten).toEqual([0, 1, 2, 3, 4, 5, 6]);
    recent.add(7, at(10));
    recent.add(10, at(11));
    expect([7, 8, 9, 10].map((key) => recent.find(key, 20)?.time)).toEqual([10, undefined, 9, 11]);
  });

  test('is forgotten after its window, in steps', () => {
    const recent = new Recent<number, { readonly time: number }>({ window: 100, max: 1_000 });
    for (let key = 0; key < 10; key++) recent.add(key, at(key));
    expect(recent.find(4, 104)).toBeUndefined();
    expect(recent.find(5, 104)).toBeDefined();
    expect(recent.sweep(3, 104)).toBe(true);
    expect(recent.size).toBe(7);
    expect(recent.sweep(3, 104)).toBe(false);
    expect(recent.size).toBe(5);
    for (let key = 0; key < 10; key++) recent.forget(key);
    expect(recent.sweep(3, 1_000)).toBe(false);
    recent.add(1, at(200));
    expect(recent.sweep(3, 300)).toBe(false);
    expect(recent.size).toBe(0);
  });
});

test('notices come in order, also those of what a watcher does itself', async () => {
  const notices = new Notices<number>();
  const seen: string[] = [];
  notices.add(0);
  const first = notices.watch((notice) => {
    seen.push(`a${notice}`);
    if (notice === 1) {
      notices.add(3);
      notices.tell();
    }
  });
  const second = notices.watch((notice) => seen.push(`b${notice}`));
  notices.add(1);
  notices.add(2);
  notices.tell();
  await first[Symbol.asyncDispose]();
  notices.add(4);
  notices.tell();
  await second[Symbol.asyncDispose]();
  notices.add(5);
  notices.tell();
  expect(seen).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3', 'b4']);
});
