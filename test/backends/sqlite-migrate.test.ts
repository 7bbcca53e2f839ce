import { describe, expect, test } from '@jest/globals';
import { type Migration, migrate, versionOf } from '#src/storage/sqlite/migrate.js';
import { migrations } from '#src/storage/sqlite/schema.js';
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

  test('take a file of the first version, with what is in it, to this one', () =>
    withPath(async (path) => {
      withFile(path, (database) => migrate(database, migrations.slice(0, 1), 1));
      await withStore(path, async (store, { record }) => {
        await store.append([newAppend('c', 'a')]);
        const set = { kind: 'set', key: 'k', value: '1', condition: 'any', request: undefined } as const;
        expect((await record!.write([set], 1))[0]!.status).toBe('done');
      });
      withFile(path, (database) => expect(versionOf(database)).toBe(migrations.length));
    }));
});
