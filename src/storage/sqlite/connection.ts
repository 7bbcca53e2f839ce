import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';

export type Database = DatabaseSyncInstance;
export type Statement = StatementSyncInstance;

/** How long a statement waits for another connection's lock. */
const busyTimeoutMs = 5_000;

/** Opens a file, which is made where there is none and the connection isn't read-only. */
export function connect(path: string, options: { readonly readOnly?: boolean } = {}): Database {
  return new DatabaseSync(path, {
    readOnly: options.readOnly ?? false,
    enableForeignKeyConstraints: false,
    timeout: busyTimeoutMs,
  });
}

/** Prepares statements by name, once for the connection's lifetime. */
export function prepareAll<Name extends string>(
  database: Database,
  sql: Readonly<Record<Name, string>>,
): Readonly<Record<Name, Statement>> {
  const names = Object.keys(sql) as Name[];
  return Object.fromEntries(names.map((name) => [name, database.prepare(sql[name])])) as Record<
    Name,
    Statement
  >;
}

/** Runs work in a transaction that holds the write lock: all of it takes effect, or nothing. */
export function transact<Result>(database: Database, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Runs reads against one state of the file: that after the last commit before the first of them. */
export function snapshot<Result>(database: Database, read: () => Result): Result {
  database.exec('BEGIN');
  try {
    return read();
  } finally {
    if (database.isTransaction) database.exec('COMMIT');
  }
}
