import { create } from '@bufbuild/protobuf';
import { expect, test } from '@jest/globals';
import { ValueSchema } from '@trackside/client/gen/trackside/v1/value_pb.js';
import { rawValue, shortValue } from './values.js';

const json = (value: string) => create(ValueSchema, { kind: { case: 'json', value } });
const bytes = (...values: number[]) =>
  create(ValueSchema, { kind: { case: 'bytes', value: Uint8Array.from(values) } });

test('gives values as they are to a pipe', () => {
  expect(rawValue(json('[1,\n"\u202e"]'), {})).toBe('[1,\n"\u202e"]\n');
  expect(rawValue(bytes(27, 255), {})).toEqual(Uint8Array.of(27, 255));
});

test('lets no value steer a terminal', () => {
  expect(rawValue(json('[1,\n"\u202e"]'), { isTTY: true })).toBe('[1,\n"\\u202e"]\n');
  expect(rawValue(bytes(27, 91, 50, 74), { isTTY: true })).toBe('\\u001b[2J\n');
});

test('cuts what is too long for a line', () => {
  expect(shortValue(json(`"${'x'.repeat(300)}"`))).toHaveLength(201);
  expect(shortValue(bytes(1, 2))).toBe('<2 bytes>');
});
