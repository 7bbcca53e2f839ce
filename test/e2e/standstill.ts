import { DatabaseSync } from '@photostructure/sqlite';

/** A sidecar's SQLite file can't be written to while `body` runs: whatever it writes waits, 5 seconds at most. */
export async function whileStoreStands<T>(path: string, body: () => Promise<T>): Promise<T> {
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  try {
    return await body();
  } finally {
    other.exec('ROLLBACK');
    other.close();
  }
}
