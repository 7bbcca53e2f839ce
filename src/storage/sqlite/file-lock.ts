import { TracksideError } from '../../errors.js';
import { connect, type Database } from './connection.js';
import { isBusy } from './errors.js';

/** The sole right to serve a file, until it is released or the process ends, however it ends. */
export interface FileLock {
  release(): void;
}

/**
 * Takes the right to serve a file. `PATH.lock` is a small SQLite database in which the holder keeps a write
 * transaction open: the operating system frees its lock with the process, and others can still read who holds it.
 */
export function lockFile(path: string): FileLock {
  const database = connect(`${path}.lock`);
  try {
    database.exec('PRAGMA busy_timeout = 200');
    hold(database);
  } catch (error) {
    const holder = isBusy(error) ? describeHolder(database) : undefined;
    database.close();
    throw holder === undefined ? error : inUse(path, holder);
  }
  return {
    release: () => {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

/** Between writing its name and taking the lock for good another process may have come: then it tries again. */
function hold(database: Database): void {
  const since = new Date().toISOString();
  for (;;) {
    database.exec(`
      BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL, since TEXT NOT NULL);
      DELETE FROM holder;
      INSERT INTO holder VALUES (${process.pid}, '${since}');
      COMMIT;
      BEGIN IMMEDIATE;`);
    const row = database.prepare('SELECT pid, since FROM holder').get();
    if (row?.pid === process.pid && row?.since === since) return;
    database.exec('ROLLBACK');
  }
}

function describeHolder(database: Database): string {
  try {
    const row = database.prepare('SELECT pid, since FROM holder').get();
    return `process ${row.pid}, since ${row.since}`;
  } catch {
    return 'another process';
  }
}

function inUse(path: string, holder: string): TracksideError {
  return new TracksideError(
    'INVALID_REQUEST',
    `storage: ${path} is served by ${holder}; stop that server, or give this one another file`,
  );
}
