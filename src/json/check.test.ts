import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkObject } from './check.js';
import { spacedJson } from './spaced.testing.js';

const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

describe('checkObject', () => {
  test.each([
    '{}',
    ' \t\r\n{ } \t\r\n',
    '{"a":[],"b":{},"c":[{}, [[]]],"":""}',
    '{"a":-0,"b":0.5e-3,"c":1E+9,"d":12345678901234567890,"e":1e999}',
    '{"a":true,"b":false,"c":null}',
    '{"a":"\\u00e9\\"\\\\\\/\\b\\f\\n\\r\\t","\\u0061":"é😀\u2028\u007f"}',
    '{"lone":"\\ud800","raw":"\ud800"}',
    '{"a":1,"a":2,"__proto__":3}',
    `{"long":"${'x'.repeat(1 << 20)}","escaped":"${'\\\\'.repeat(1 << 19)}"}`,
    `{"after the first ${'x'.repeat(30)}\\n${'y'.repeat(30)}":1}`,
  ])('accepts %.60j', (text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(checkObject(text, 100)).toBeUndefined();
  });

  test.each([
    ['', 'is empty; it must be a JSON object'],
    [' \n', 'is empty; it must be a JSON object'],
    ['[1, 2]', 'must be a JSON object, not an array'],
    [' "a"', 'must be a JSON object, not a string'],
    ['-1.5', 'must be a JSON object, not a number'],
    ['true', 'must be a JSON object, not a boolean'],
    ['null', 'must be a JSON object, not null'],
    ['{"a":NaN}', 'contains NaN at position 5, which JSON has no word for'],
    ['{"a":[0, -Infinity]}', 'contains -Infinity at position 10, which JSON has no word for'],
    ['\ufeff{}', 'is not JSON: unexpected byte order mark at position 0'],
    ['{"a":1', 'is not JSON: it ends too early, at position 6'],
    ['{"a":"', 'is not JSON: it ends too early, at position 6'],
    ['{"a":"\\', 'is not JSON: it ends too early, at position 7'],
    ['{"a":"\\u12', 'is not JSON: it ends too early, at position 10'],
    ['{"a":1}😀', 'is not JSON: unexpected "😀" at position 7'],
    ['{"a":1,}', 'is not JSON: unexpected "}" at position 7'],
    ['{,}', 'is not JSON: unexpected "," at position 1'],
    ['{"a":[1}', 'is not JSON: unexpected "}" at position 7'],
    ['{"a":01}', 'is not JSON: unexpected "1" at position 6'],
    ['{"a":1.}', 'is not JSON: unexpected "}" at position 7'],
    ['{"a":"\n"}', 'is not JSON: unexpected "\\n" at position 6'],
    ['{"a":"\u001f"}', 'is not JSON: unexpected "\\u001f" at position 6'],
    ['{"a":"\\x"}', 'is not JSON: unexpected "x" at position 7'],
    ['{"a":"\\u00g0"}', 'is not JSON: unexpected "g" at position 10'],
    ['{"a" 1}', 'is not JSON: unexpected "1" at position 5'],
    ["{'a':1}", 'is not JSON: unexpected "\'" at position 1'],
    ['{"a":1}{}', 'is not JSON: unexpected "{" at position 7'],
    ['{"a":truE}', 'is not JSON: unexpected "t" at position 5'],
    [`{"a":"${'x'.repeat(30)}\u0000"}`, 'is not JSON: unexpected "\\u0000" at position 36'],
  ])('refuses %j: %s', (text, reason) => {
    expect(checkObject(text, 100)).toBe(reason);
  });

  test('counts the levels of objects and arrays together', () => {
    expect(checkObject('{"a":[{"b":["]","}"]}],"c":[[[]]]}', 4)).toBeUndefined();
    expect(checkObject('{"a":[{"b":[[]]}]}', 4)).toBe('is nested 5 levels deep; at most 4 are allowed');
    expect(checkObject(nested(100), 100)).toBeUndefined();
    expect(checkObject(nested(101), 100)).toBe('is nested 101 levels deep; at most 100 are allowed');
  });

  test('refuses what is very deep without running out of stack', () => {
    expect(checkObject(nested(10_000), 100)).toBe('is nested 10000 levels deep; at most 100 are allowed');
    expect(checkObject('{"a":'.repeat(200_000), 100)).toBe(
      'is not JSON: it ends too early, at position 1000000',
    );
    expect(checkObject('['.repeat(1 << 20), 100)).toMatch('ends too early');
  });

  test('accepts what JSON.parse takes for an object', () => {
    fc.assert(
      fc.property(spacedJson(), ({ text }) => {
        expect(checkObject(text, 100) === undefined).toBe(isObject(text));
      }),
    );
  });

  test('agrees with JSON.parse about texts with one mistake', () => {
    const piece = fc.constantFrom(
      ...'{}[],:"\\/ue0-+.1 \n\t\u0000\ufeff\u00a0xtn',
      'NaN',
      '\\u',
      'true',
      '1e',
    );
    fc.assert(
      fc.property(spacedJson(), fc.nat(), fc.nat(2), piece, ({ text }, at, cut, insert) => {
        const start = at % (text.length + 1);
        const broken = text.slice(0, start) + insert + text.slice(start + cut);
        expect(checkObject(broken, 100) === undefined).toBe(isObject(broken));
      }),
      { numRuns: 3000 },
    );
  });
});
