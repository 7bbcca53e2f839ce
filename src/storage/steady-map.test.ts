import { expect, jest, test } from '@jest/globals';
import { SteadyMap } from './steady-map.js';

test('is as a map is, whatever comes and goes', () => {
  const [steady, map] = [new SteadyMap<number, number>(), new Map<number, number>()];
  const [ours, theirs] = [steady, map].map((one) => {
    let random = 1;
    return Array.from({ length: 100_000 }, (_, i) => {
      random = (random * 16_807) % 2_147_483_647;
      const key = random % (i < 50_000 ? 5_000 : 50);
      const deleted = random % 3 === 0 && one.delete(key);
      if (random % 3 !== 0) one.set(key, i);
      return `${key} ${deleted} ${one.get(key)} ${one.size}`;
    });
  });
  expect(ours!.findIndex((step, i) => step !== theirs![i])).toBe(-1);
  const byKey = (a: readonly [number, number], b: readonly [number, number]) => a[0] - b[0];
  expect([...steady.entries()].sort(byKey)).toEqual([...map].sort(byKey));
});

test('keeps the place of a key that comes and goes', () => {
  const steady = new SteadyMap<string, number>();
  for (let i = 0; i < 10_000; i++) steady.set(`${i}`, i);
  const deletions = jest.spyOn(Map.prototype, 'delete');
  for (let i = 0; i < 10_000; i++) {
    for (const key of ['a', 'b']) {
      steady.set(key, i);
      steady.delete(key);
    }
  }
  const { length } = deletions.mock.calls;
  deletions.mockRestore();
  expect(length).toBe(0);
});

test.each([0, 1_000])('forgets keys that do not come again, beside %i others', (others) => {
  const steady = new SteadyMap<string, number>();
  for (let i = 0; i < others; i++) steady.set(`${i}`, i);
  const deletions = jest.spyOn(Map.prototype, 'delete');
  for (let i = 0; i < 10_000; i++) {
    steady.set(`once-${i}`, i);
    steady.delete(`once-${i}`);
  }
  const { length } = deletions.mock.calls;
  deletions.mockRestore();
  expect(10_000 - length).toBeLessThanOrEqual(16 + others / 4);
});
