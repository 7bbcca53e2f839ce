import { describe, expect, test } from '@jest/globals';
import { open } from '#src/storage/sqlite/index.js';
import { rejection, startChild, withPath, withStore } from './sqlite-tools.js';

const options = { partitions: undefined };

describe('a SQLite file', () => {
  test('is served by one process at a time, which a second one can name', () =>
    withPath(async (path) => {
      const child = startChild('hold', path);
      try {
        await firstLine(child.lines);
        const { reason, message } = await rejection(open(path, options));
        expect(reason).toBe('INVALID_REQUEST');
        expect(message).toMatch(new RegExp(`is served by process ${child.pid}, since 20\\d\\d-`));
      } finally {
        await child.kill();
      }
    }));

  test('is free again once its process was killed', () =>
    withPath(async (path) => {
      const child = startChild('hold', path);
      await firstLine(child.lines);
      await child.kill();
      await withStore(path, async (store) => expect(await store.conversation('a')).toBeUndefined());
    }));

  test('is opened once in a process, and again after it was closed', () =>
    withPath(async (path) => {
      await withStore(path, async () => {
        expect((await rejection(open(path, options))).message).toContain(`process ${process.pid}`);
      });
      await withStore(path, async () => {});
    }));
});

async function firstLine(lines: AsyncIterable<string>): Promise<void> {
  for await (const _ of lines) return;
}
