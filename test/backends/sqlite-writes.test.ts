import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Writer } from '#src/storage/sqlite/writer.js';
import { newAppend, rejection, wide, withPath, withStore } from './sqlite-tools.js';

describe('writes to SQLite', () => {
  test('are seen by a read that begins once they are answered', () =>
    withPath((path) =>
      withStore(path, async (store) => {
        for (let i = 1; i <= 200; i++) {
          await store.append([newAppend('a', `${i}`)]);
          expect((await store.conversation('a'))?.lastSequence).toBe(i);
          expect((await store.readLog(0, i - 1, wide)).entries).toHaveLength(1);
        }
      }),
    ));

  test("don't stop calls and feeds while they wait for the file", () =>
    withPath((path) =>
      withStore(path, async (store) =>
        withHeldLock(path, async (release) => {
          const appended = store.append([newAppend('a', '1')]);
          await new Promise((resolve) => setTimeout(resolve, 100));
          expect(await store.conversation('a')).toBeUndefined();
          release();
          expect((await appended)[0]!.status).toBe('stored');
        }),
      ),
    ));

  test('take effect before the store is closed, those that still wait too', () =>
    withPath(async (path) => {
      const answers: Promise<unknown>[] = [];
      await withStore(path, async (store) => {
        for (let i = 1; i <= 50; i++) answers.push(store.append([newAppend('a', `${i}`, 20)]));
      });
      await Promise.all(answers);
      await withStore(path, async (store) => {
        expect((await store.conversation('a'))?.lastSequence).toBe(1000);
      });
    }));

  test('are refused once the store is closed', () =>
    withPath(async (path) => {
      await withStore(path, async (store, backend) => {
        await backend[Symbol.asyncDispose]();
        expect((await rejection(store.append([newAppend('a', '1')]))).reason).toBe('STORE_UNAVAILABLE');
        expect((await rejection(store.conversation('a'))).reason).toBe('STORE_UNAVAILABLE');
        expect((await rejection(backend.ping())).reason).toBe('STORE_UNAVAILABLE');
      });
    }));

  test('are rejected, all that wait, when the write thread dies', () =>
    withPath(async (path) => {
      mkdirSync(path);
      const writer = new Writer({ path, partitions: 1, dedupWindow: 0 });
      const waiting = [writer.request('ping'), writer.request('scrub', 1, 0)];
      for (const one of waiting) expect((await rejection(one)).reason).toBe('STORE_UNAVAILABLE');
      expect((await rejection(writer.request('ping'))).reason).toBe('STORE_UNAVAILABLE');
    }));

  test('fail whole where one of them fails, and go on', () =>
    withPath((path) =>
      withStore(path, async (store) => {
        const broken = newAppend('b', '1');
        const events = [{ ...broken.events[0]!, type: undefined as never }];
        const batch = [newAppend('a', '1'), { ...broken, events }, newAppend('c', '1')];
        expect((await rejection(store.append(batch))).reason).toBe('STORE_UNAVAILABLE');
        expect(await store.listConversations('', '', 10)).toEqual([]);
        const [next] = await store.append([newAppend('a', '1')]);
        expect(next).toMatchObject({ status: 'stored', result: { firstPosition: 1 } });
      }),
    ));

  test('fail whole on a full disk, say so, and go on when there is room', () =>
    withPath(async (path) => {
      const disk = join(dirname(path), 'disk');
      if (!mountSmall(disk)) return;
      try {
        await withStore(join(disk, 'store.db'), async (store) => {
          await store.append([newAppend('a', 'first')]);
          const batch = [newAppend('a', 'small'), newAppend('b', 'large', 100, 100_000)];
          const { reason, message } = await rejection(store.append(batch));
          expect([reason, message]).toEqual(['STORE_FULL', 'the SQLite store has no room left on its disk']);
          expect((await store.conversation('a'))?.lastSequence).toBe(1);
          const [again] = await store.append([newAppend('a', 'small')]);
          expect(again).toMatchObject({ status: 'stored', result: { firstPosition: 2, lastSequence: 2 } });
        });
      } finally {
        // Lazily: the driver closes its files when its statements are collected.
        execFileSync('umount', ['-l', disk]);
      }
    }));
});

/** Holds the file's write lock, as a backup tool might. */
async function withHeldLock(path: string, body: (release: () => void) => Promise<void>): Promise<void> {
  const { DatabaseSync } = await import('@photostructure/sqlite');
  const database = new DatabaseSync(path);
  database.exec('BEGIN IMMEDIATE');
  try {
    await body(() => database.exec('ROLLBACK'));
  } finally {
    database.close();
  }
}

/** A file system of 4 MiB, where this process may mount one. */
function mountSmall(directory: string): boolean {
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('left out, a file system can not be mounted here: a full disk');
    return false;
  }
}
