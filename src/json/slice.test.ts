import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { elements, member, withMember } from './slice.js';
import { spacedJson } from './spaced.testing.js';

describe('member', () => {
  test('cuts the value to the letter', () => {
    const text = ' { "sender_id" : "x" , "events" : [ {"a":1.0} , 2 ] , "n" : 12345678901234567890 } ';
    expect(member(text, 'sender_id')).toBe('"x"');
    expect(member(text, 'events')).toBe('[ {"a":1.0} , 2 ]');
    expect(member(text, 'n')).toBe('12345678901234567890');
    expect(member(text, 'a')).toBeUndefined();
  });

  test('knows keys with escapes from keys with backslashes', () => {
    expect(member('{"nam\\u0065":1}', 'name')).toBe('1');
    expect(member('{"\\u0065":1,"\\\\":2,"\\"":3}', '\\')).toBe('2');
    expect(member('{"\\u0065":1,"\\\\":2,"\\"":3}', '"')).toBe('3');
    expect(member('{"\\u0065":1}', '\\u0065')).toBeUndefined();
    expect(member('{"\\n":1}', '\\n')).toBeUndefined();
  });

  test('takes the last of a repeated name, as JSON.parse does', () => {
    expect(member('{"a":1,"\\u0061":2,"a":3}', 'a')).toBe('3');
    expect(member('{"a":1,"\\u0061":2}', 'a')).toBe('2');
  });

  test('is not taken in by strings that look like members', () => {
    expect(member('{"x":"\\\\","y":{"name":1},"z":"\\"name\\":2,}]","name":"\\\\\\""}', 'name')).toBe(
      '"\\\\\\""',
    );
  });

  test('finds none in what is not an object', () => {
    for (const text of ['[{"a":1}]', '"a"', '1', 'null', '{}']) expect(member(text, 'a')).toBeUndefined();
  });

  test('cuts what parses to the same values', () => {
    fc.assert(
      fc.property(spacedJson(), ({ value, text }) => {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
        for (const [name, expected] of Object.entries(JSON.parse(text))) {
          const cut = member(text, name)!;
          expect(JSON.parse(cut)).toEqual(expected);
          expect(cut).toBe(cut.trim());
          expect(text).toContain(cut);
        }
        expect(member(text, 'not there')).toBeUndefined();
      }),
    );
  });

  test('takes linear time', () => {
    const text = `{"a":"${'\\"'.repeat(500_000)}","b":"${'\\\\'.repeat(500_000)}","c":${'['.repeat(500_000)}${']'.repeat(500_000)},"d":1}`;
    const start = performance.now();
    expect(member(text, 'd')).toBe('1');
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('elements', () => {
  test('cuts each to the letter', () => {
    expect(elements(' [ 1.0 , "a,]" , [ 1 , 2 ] , {"b" : 1} , null ] ')).toEqual([
      '1.0',
      '"a,]"',
      '[ 1 , 2 ]',
      '{"b" : 1}',
      'null',
    ]);
    expect(elements('[ ]')).toEqual([]);
  });

  test('finds none in what is not an array', () => {
    for (const text of ['{"a":[1]}', '"[1]"', '1', 'null']) expect(elements(text)).toEqual([]);
  });

  test('cuts what parses to the same values', () => {
    fc.assert(
      fc.property(spacedJson(), ({ text }) => {
        const value: unknown = JSON.parse(text);
        if (!Array.isArray(value)) return;
        const cut = elements(text);
        expect(cut.map((element) => JSON.parse(element))).toEqual(value);
        expect(cut).toEqual(cut.map((element) => element.trim()));
      }),
    );
  });
});

describe('withMember', () => {
  test('puts a value in place of the one that counts', () => {
    expect(withMember('{ "a" : 1.0 , "b" : 2 }', 'a', '[ 3.0 ]')).toBe('{ "a" : [ 3.0 ] , "b" : 2 }');
    expect(JSON.parse(withMember('{"a":1,"a":2}', 'a', '3'))).toEqual({ a: 3 });
  });

  test('adds a member behind the others', () => {
    expect(withMember(' { "a" : 1.0 } ', 'b"', '2')).toBe('{"a" : 1.0,"b\\"":2}');
    expect(withMember('{ }', 'a', '1')).toBe('{"a":1}');
  });

  test('changes nothing else', () => {
    fc.assert(
      fc.property(spacedJson(), fc.string(), ({ text }, name) => {
        const value: unknown = JSON.parse(text);
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
        const expected = Object.fromEntries([...Object.entries(value), [name, [1]]]);
        expect(JSON.parse(withMember(text, name, '[1]'))).toEqual(expected);
      }),
    );
  });
});
