import { type Database, transact } from './connection.js';

/** Takes a file from one schema version to the next; `partitions` are those of a store that is being made. */
export type Migration = (database: Database, partitions: number) => void;

/** The schema version that a file has: the number of steps it was taken through. */
export function versionOf(database: Database): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version);
}

/**
 * Takes a file through the steps it hasn't seen, each with its version number in a transaction of its own, so
 * that a process that dies on the way leaves a version and the next one goes on.
 */
export function migrate(database: Database, steps: readonly Migration[], partitions: number): void {
  for (let version = versionOf(database); version < steps.length; version++) {
    transact(database, () => {
      steps[version]!(database, partitions);
      database.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}
