import { expect, test } from '@jest/globals';
import { startOf } from './start.js';

test.each([
  ['2026-01-31T09:30:00Z', 1_769_851_800n, 0],
  ['2026-01-31T09:30:00.123456Z', 1_769_851_800n, 123_456_000],
  ['2026-01-31 09:30', 1_769_851_800n, 0],
  ['2026-01-31T10:30:00.5+01:00', 1_769_851_800n, 500_000_000],
  ['2026-01-31', 1_769_817_600n, 0],
])('%s is a time', (text, seconds, nanos) => {
  expect(startOf(text)).toMatchObject({ case: 'time', value: { seconds, nanos } });
});

test('knows words and cursors', () => {
  expect(startOf('beginning')).toEqual({ case: 'beginning', value: {} });
  expect(startOf('end')).toEqual({ case: 'end', value: {} });
  const cursor = 'c1.a8f.e2.f0.0~12~c0ffee.1x2y3z';
  expect(startOf(cursor)).toEqual({ case: 'cursor', value: cursor });
});

test.each(['', 'start', '2026-13-01', '2026-01-31T25:00:00Z', '2026-1-31', 'yesterday evening'])(
  'refuses "%s"',
  (text) => {
    expect(() => startOf(text)).toThrow('is none of beginning, end, a time');
  },
);
