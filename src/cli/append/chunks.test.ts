import { describe, expect, test } from '@jest/globals';
import { appendIdOf, chunkEnd } from './chunks.js';

const sizes = (...bytes: number[]) => bytes.map((bytes) => ({ bytes }));

describe('chunkEnd', () => {
  test('takes up to 100 events', () => {
    const events = sizes(...Array<number>(250).fill(10));
    expect([chunkEnd(events, 0), chunkEnd(events, 100), chunkEnd(events, 200)]).toEqual([100, 200, 250]);
  });

  test('takes up to 512 KiB', () => {
    const half = 256 * 1024;
    expect(chunkEnd(sizes(half, half, 1), 0)).toBe(2);
    expect(chunkEnd(sizes(half, half + 1), 0)).toBe(1);
  });

  test('takes a larger event alone', () => {
    expect(chunkEnd(sizes(1, 900_000, 1), 0)).toBe(1);
    expect(chunkEnd(sizes(1, 900_000, 1), 1)).toBe(2);
  });

  test('ends a chunk where it did before when events are added', () => {
    const events = sizes(...Array.from({ length: 300 }, (_, i) => (i * 7919) % 30_000));
    const longer = [...events, ...sizes(5, 5, 5)];
    for (let start = 0; ; ) {
      const end = chunkEnd(events, start);
      if (end === events.length) break;
      expect(chunkEnd(longer, start)).toBe(end);
      start = end;
    }
  });
});

describe('appendIdOf', () => {
  test('depends on the first event and the start alone, and fits an append id', () => {
    const id = appendIdOf('{"event":"a"}', 100);
    expect(id).toBe(appendIdOf('{"event":"a"}', 100));
    expect(new Set([id, appendIdOf('{"event":"b"}', 100), appendIdOf('{"event":"a"}', 0)]).size).toBe(3);
    expect(appendIdOf('x'.repeat(1e6), 1e9).length).toBeLessThanOrEqual(128);
  });
});
