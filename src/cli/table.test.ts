import { expect, test } from '@jest/globals';
import { listing, tableOf } from './table.js';

const dimmed = (_: string, text: string) => `<${text}>`;

test('sets pages in columns, with their names before the first', () => {
  const table = tableOf(['KEY', 'N'], dimmed);
  expect(table([])).toBe('');
  expect(
    table([
      ['a', '1'],
      ['longer', ''],
    ]),
  ).toBe('<KEY     N>\na       1\nlonger\n');
  expect(table([['b', '2']])).toBe('b       2\n');
  expect(table([['longer still', '3\u001b']])).toBe('longer still  3\\u001b\n');
});

test('lists names and what they name', () => {
  expect(
    listing([
      ['ready', '1'],
      ['in flight', '2'],
    ]),
  ).toBe('ready      1\nin flight  2\n');
});
