import { expect, test } from '@jest/globals';
import { harmless, paintFor } from './paint.js';

test('paints on a terminal, unless NO_COLOR is set', () => {
  expect(paintFor({ isTTY: true }, {})('bold', 'x')).toBe('\u001b[1mx\u001b[22m');
  expect(paintFor({ isTTY: true }, { NO_COLOR: '1' })('bold', 'x')).toBe('x');
  expect(paintFor({}, {})('bold', 'x')).toBe('x');
});

test('leaves nothing that steers a terminal', () => {
  expect(harmless('a\u001b[2Jb\nc\td\u0085e\u202ef ☕ é')).toBe('a\\u001b[2Jb\\nc\\td\\u0085e\\u202ef ☕ é');
});
