import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { open } from '#src/storage/sqlite/index.js';
import { migrations } from '#src/storage/sqlite/schema.js';
import { newAppend, rejection, withFile, withPath, withStore } from './sqlite-tools.js';

async function refusalOf(location: string, partitions?: number): Promise<string> {
  const { reason, message } = await rejection(open(location, { partitions }));
  expect(reason).toBe('INVALID_REQUEST');
  return message;
}

describe('opening a SQLite file', () => {
  test('makes the directory and the file, with the default of one partition', () =>
    withPath((path) =>
      withStore(join(path, 'a', 'b.db'), async (store) => {
        expect(store.partitions).toBe(1);
        expect(store.storeId).toMatch(/^[\w-]{22}$/);
      }),
    ));

  test('gives each store an id and an epoch, and keeps them', () =>
    withPath(async (path) => {
      const ids: string[][] = [];
      for (const file of [path, path, `${path}2`]) {
        await withStore(file, async (store) => {
          const { epoch } = await store.readLog(0, 0, { maxEvents: 1, maxBytes: 1 });
          ids.push([store.storeId, epoch]);
        });
      }
      expect(ids[1]).toEqual(ids[0]);
      expect(ids[2]![0]).not.toBe(ids[0]![0]);
      expect(ids[2]![1]).not.toBe(ids[0]![1]);
    }));

  test('refuses a file that is no database', () =>
    withPath(async (path) => {
      writeFileSync(path, 'dear diary\n'.repeat(100));
      expect(await refusalOf(path)).toContain('is not a SQLite database');
      expect(readFileSync(path, 'utf8')).toBe('dear diary\n'.repeat(100));
    }));

  test("refuses another program's database and leaves it as it was", () =>
    withPath(async (path) => {
      withFile(path, (database) => database.exec('CREATE TABLE bookmarks (url TEXT)'));
      const before = readFileSync(path);
      expect(await refusalOf(path)).toContain("is another program's SQLite database");
      expect(readFileSync(path).equals(before)).toBe(true);
    }));

  test('refuses a newer schema', () =>
    withPath(async (path) => {
      await withStore(path, async () => {});
      withFile(path, (database) => database.exec('PRAGMA user_version = 99'));
      expect(await refusalOf(path)).toContain(
        `newer Trackside (schema 99, this one knows ${migrations.length})`,
      );
    }));

  test('refuses another number of partitions than the store was made with', () =>
    withPath(async (path) => {
      await withStore(path, async () => {});
      expect(await refusalOf(path, 4)).toContain('has 1 partitions');
      expect(await refusalOf(`${path}2`, 0)).toContain('takes 1 to 512 partitions');
    }));

  test('refuses locations that name no file or none that can be made', async () => {
    expect(await refusalOf('')).toContain('names no file');
    expect(await refusalOf(':memory:')).toContain('memory:');
    await withPath(async (path) => {
      expect(await refusalOf(join(path, '..'))).toContain('is a directory');
      writeFileSync(path, '');
      expect(await refusalOf(join(path, 'folder', 'store.db'))).toContain("can't be made");
    });
  });

  test('knows a file by its true path, so that a link to it is not a second store', () =>
    withPath(async (path) => {
      await withStore(path, async () => {
        symlinkSync(path, `${path}.link`);
        expect(await refusalOf(`${path}.link`)).toContain('is served by');
      });
    }));

  test('knows the file that a link leads to before there is one', () =>
    withPath(async (path) => {
      symlinkSync(basename(path), `${path}.link`);
      await withStore(`${path}.link`, async () => {
        expect(await refusalOf(path)).toContain('is served by');
      });
    }));

  test('leaves everything in the one file when it is closed', () =>
    withPath(async (path) => {
      await withStore(path, async (store) => {
        await store.append([newAppend('a', '1')]);
      });
      writeFileSync(`${path}.copy`, readFileSync(path));
      await withStore(`${path}.copy`, async (store) => {
        expect((await store.conversation('a'))?.lastSequence).toBe(1);
      });
    }));
});
