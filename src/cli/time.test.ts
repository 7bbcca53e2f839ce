import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from '@jest/globals';
import { spanText } from './time.js';

test.each([
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_599_999, '59m'],
  [3_600_000, '1h'],
  [86_400_000 * 20, '20d'],
])('%i ms are %s', (ms, text) => {
  expect(spanText(durationFromMs(ms))).toBe(text);
});

test('no span is nothing', () => {
  expect(spanText(undefined)).toBe('');
});
