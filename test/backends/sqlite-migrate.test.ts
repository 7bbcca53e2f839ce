import { describe, expect, test } from '@jest/globals';
import { type Migration, migrate, versionOf } from '#src/storage/sqlite/migrate.js';
import { migrations } from '#src/storage/sqlite/schema.js';
import { know, news } from '../conformance/promises/known.js';
import { erase } from '../conformance/tools.js';
import { newMessage, newTicket } from './sqlite-lines.js';
import { newAppend, withFile, withPath, withStore } from './sqlite-tools.js';

const addNote: Migration = (database) => database.exec('CREATE TABLE notes (text TEXT)');
const fillNote: Migration = (database, partitions) =>
  database.prepare('INSERT INTO notes VALUES (?)').run(`of ${partitions}`);
const failHalfway: Migration = (database) => {
  database.exec('CREATE TABLE half (text TEXT)');
  throw new Error('power cut');
};

const notes = `SELECT group_concat(text) AS texts FROM notes`;

describe('migrations', () => {
  test('run each step once, in order, and count them as the version', () =>
    withPath(async (path) =>
      withFile(path, (database) => {
        migrate(database, [addNote], 3);
        expect(versionOf(database)).toBe(1);
        migrate(database, [addNote, fillNote], 3);
        migrate(database, [addNote, fillNote], 3);
        expect(versionOf(database)).toBe(2);
        expect(database.prepare(notes).get().texts).toBe('of 3');
      }),
    ));

  test('leave nothing of a step that failed, and go on there', () =>
    withPath(async (path) =>
      withFile(path, (database) => {
        expect(() => migrate(database, [addNote, failHalfway], 1)).toThrow('power cut');
        expect(versionOf(database)).toBe(1);
        const half = "SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'half'";
        expect(database.prepare(half).get().tables).toBe(0);
        migrate(database, [addNote, fillNote], 1);
        expect(database.prepare(notes).get().texts).toBe('of 1');
      }),
    ));

  test.each(migrations.map((_, index) => index + 1))(
    'take a file of version %i, with what is in it, to the last',
    (version) =>
      withPath(async (path) => {
        withFile(path, (database) => migrate(database, migrations.slice(0, version), 1));
        await withStore(path, async (store, { record, lock, queue }) => {
          await store.append([newAppend('c', 'a')]);
          const set = { kind: 'set', key: 'k', value: '1', condition: 'any', request: undefined } as const;
          expect((await record!.write([set], 1))[0]!.status).toBe('done');
          expect((await lock!.enter(newTicket('a', 'r'), 1)).status).toBe('granted');
          expect((await queue!.push([newMessage('q', 'x')], 1))[0]!.status).toBe('done');
        });
        withFile(path, (database) => expect(versionOf(database)).toBe(migrations.length));
      }),
  );

  test('keep what a file of the second version has', () =>
    withPath(async (path) => {
      withFile(path, (database) => {
        migrate(database, migrations.slice(0, 2), 1);
        database.exec(
          "INSERT INTO records (key, version, update_time, bytes, value) VALUES ('k', 1, 1, 1, '7')",
        );
      });
      await withStore(path, async (_, { record }) => {
        expect(await record!.get(['k'], 100, 1)).toMatchObject([{ value: '7' }]);
      });
    }));

  test('let readers go on from a conversation that was there before', () =>
    withPath(async (path) => {
      withFile(path, (database) => {
        migrate(database, migrations.slice(0, 3), 1);
        database.exec(`
          INSERT INTO conversations (num, id, partition, present, last_sequence) VALUES (1, 'c', 0, 1, 1);
          INSERT INTO log (place, first_place, conversation, life, "check", store_time, first_sequence, append_id)
            VALUES (1, 1, 1, 0, 'one', 1, 1, 'a');
          INSERT INTO events VALUES (1, 1, 'user', '', '', '{}');
          UPDATE partitions SET position = 1, "check" = 'one', store_time = 1;
        `);
      });
      await withStore(path, async (store) => {
        const known = await know(store, 'c');
        await store.append([newAppend('c', 'b')]);
        expect(await news(store, 'c', known)).toEqual([2]);
        await erase(store, 'c', { kind: 'redact', sequences: [1] });
        expect(await news(store, 'c', known)).toEqual(['all', 2]);
      });
    }));
});
