import { describe, expect, test } from '@jest/globals';
import type { LogFormat, LogLevel } from '../config/settings.js';
import { createLogger, type Logger } from './log.js';

function logged(write: (log: Logger) => void, format: LogFormat = 'json', level: LogLevel = 'info'): string {
  let text = '';
  write(createLogger({ level, format }, { write: (line) => (text += line) }));
  return text;
}

const payload = { data: '{"text":"my secret"}', metadata: 'my secret' };

describe('payloads stay out of the log', () => {
  test.each<[string, object]>([
    ['on their own', payload],
    ['in an event', { event: payload, item: payload }],
    ['in a list', { events: [payload] }],
    ['in a request', { request: { events: [payload] } }],
    ['on an error', { err: Object.assign(new Error('failed'), payload, { detail: 'my secret' }) }],
    [
      'on what caused an error',
      { err: new Error('failed', { cause: Object.assign(new Error('why'), { detail: 'my secret' }) }) },
    ],
  ])('%s', (_, fields) => {
    for (const format of ['json', 'text'] as const) {
      const text = logged((log) => log.info(fields, 'message'), format);
      expect(text).toContain('message');
      expect(text).not.toContain('my secret');
    }
  });
});

test('a line is an object with time, level and message', () => {
  const line = JSON.parse(logged((log) => log.warn({ partition: 3 }, 'trimmed'))) as Record<string, unknown>;
  expect(line).toEqual({ time: expect.any(String), level: 'warn', partition: 3, msg: 'trimmed' });
  expect(new Date(line.time as string).toISOString()).toBe(line.time);
});

test('text is for people', () => {
  const text = logged(
    (log) => log.info({ at: '127.0.0.1:1', note: 'a "b"', n: 1, all: [1] }, 'serving'),
    'text',
  );
  expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}serving at=127\.0\.0\.1:1 note="a \\"b\\"" n=1\n$/);
});

test('an error keeps message, code, stack and cause', () => {
  const error = Object.assign(new Error('failed', { cause: new Error('why') }), { code: 'EIO' });
  const { err } = JSON.parse(logged((log) => log.error({ err: error }, 'message'))) as { err: object };
  expect(err).toMatchObject({ message: 'failed', code: 'EIO', cause: { message: 'why' } });
  const text = logged((log) => log.error({ err: error }, 'message'), 'text');
  expect(text).toMatch(/ERROR message\nError: failed\n[\s\S]*caused by Error: why\n/);
});

test('what is less severe than the level is left out', () => {
  const write = (log: Logger) => {
    log.info('one');
    log.error('two');
  };
  expect(logged(write, 'text', 'error')).toMatch(/^\S+ ERROR two\n$/);
  expect(logged(write, 'text', 'silent')).toBe('');
});
