import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { timeOf } from './time.js';

const microsOf = (text: string) => {
  const time = timeOf(text);
  return time && time.seconds * 1_000_000n + BigInt(time.nanos / 1000);
};

describe('timeOf', () => {
  test.each([
    ['1789161707.714779', 1_789_161_707_714_779n],
    ['1789161707.7147799', 1_789_161_707_714_779n],
    ['1789161707.7', 1_789_161_707_700_000n],
    ['1789161707', 1_789_161_707_000_000n],
    ['1.789161707714779E9', 1_789_161_707_714_779n],
    ['1789161707714779e-6', 1_789_161_707_714_779n],
    ['0', 0n],
    ['-0.0', 0n],
    ['0.0000009', 0n],
    ['-0.0000009', -1n],
    ['-1.5', -1_500_000n],
    ['1e-400', 0n],
    [`0.${'0'.repeat(60)}1e67`, 1_000_000_000_000n],
  ])('%s seconds are %s µs', (text, micros) => {
    expect(microsOf(text)).toBe(micros);
  });

  test('keeps every microsecond, which float arithmetic does not', () => {
    const seconds = fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n });
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 999_999 }), (whole, micros) => {
        const expected = whole * 1_000_000n + BigInt(micros);
        const size = expected < 0n ? -expected : expected;
        const fraction = String(size % 1_000_000n).padStart(6, '0');
        expect(microsOf(`${expected < 0n ? '-' : ''}${size / 1_000_000n}.${fraction}`)).toBe(expected);
      }),
    );
  });

  test.each([
    '253402300800',
    '-62135596800.000001',
    '1e400',
    '1e99999999999',
    '"1"',
    'true',
    'null',
    '01x',
    '',
  ])('refuses %s', (text) => {
    expect(timeOf(text)).toBeUndefined();
  });
});
