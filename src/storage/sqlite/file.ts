import { lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TracksideError } from '../../errors.js';
import { connect, type Database } from './connection.js';
import { isNotADatabase, textOf } from './errors.js';
import { migrate, versionOf } from './migrate.js';
import { maxPartitions } from './place.js';
import { applicationId, migrations } from './schema.js';

/** What tells a store apart from others. */
export interface Identity {
  readonly storeId: string;
  readonly epoch: string;
  readonly partitions: number;
}

/** The file that a location names, by its one true path; makes its directory. */
export function locate(location: string): string {
  if (location === '' || location === ':memory:') {
    throw refusal(`sqlite:${location} names no file; say sqlite:PATH, or memory: for a store in memory`);
  }
  const path = resolve(location);
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw refusal(
      `${path} can't be made (${textOf(error)}); name a file in a directory that can be written to`,
    );
  }
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory()) throw refusal(`${path} is a directory; name a file in it`);
  return existing ? realpathSync(path) : locateNew(path);
}

/** A link to a file that isn't there yet is followed, as SQLite does: it makes the file that the link leads to. */
function locateNew(path: string): string {
  const directory = realpathSync(dirname(path));
  const own = join(directory, basename(path));
  const isLink = lstatSync(own, { throwIfNoEntry: false }) !== undefined;
  return isLink ? locate(resolve(directory, readlinkSync(own))) : own;
}

/** Makes the store, or brings its schema up to date; refuses files that are not this version's to serve. */
export function prepareFile(path: string, partitions: number | undefined): Identity {
  const database = open(path);
  try {
    check(database, path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    migrate(database, migrations, checkPartitions(partitions ?? 1));
    const identity = identityOf(database);
    if (partitions !== undefined && identity.partitions !== partitions) {
      throw refusal(
        `${path} has ${identity.partitions} partitions, which is fixed when a store is made; ` +
          `ask for ${identity.partitions}, or for none, instead of ${partitions}`,
      );
    }
    return identity;
  } finally {
    database.close();
  }
}

function open(path: string): Database {
  try {
    return connect(path);
  } catch (error) {
    throw refusal(`${path} can't be opened (${textOf(error)}); name a file that can be written to`);
  }
}

/** Looks before anything is written, so that a file that isn't Trackside's stays as it was. */
function check(database: Database, path: string): void {
  const { application, version, tables } = header(database, path);
  const isNew = application === 0 && version === 0 && tables === 0;
  if (application !== applicationId && !isNew) {
    throw refusal(`${path} is another program's SQLite database; name another file`);
  }
  if (version > migrations.length) {
    throw refusal(
      `${path} was written by a newer Trackside (schema ${version}, this one knows ${migrations.length}); ` +
        'use that version or a later one',
    );
  }
}

function header(database: Database, path: string) {
  try {
    return {
      application: Number(database.prepare('PRAGMA application_id').get()?.application_id),
      version: versionOf(database),
      tables: Number(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables),
    };
  } catch (error) {
    if (isNotADatabase(error)) throw refusal(`${path} is not a SQLite database; name another file`);
    throw error;
  }
}

function checkPartitions(partitions: number): number {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= maxPartitions) return partitions;
  throw refusal(`SQLite takes 1 to ${maxPartitions} partitions, not ${partitions}`);
}

function identityOf(database: Database): Identity {
  const { id, epoch, partitions } = database.prepare('SELECT id, epoch, partitions FROM store').get();
  return { storeId: id, epoch, partitions };
}

function refusal(message: string): TracksideError {
  return new TracksideError('INVALID_REQUEST', `storage: ${message}`);
}
