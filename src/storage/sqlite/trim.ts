import { type Database, prepareAll } from './connection.js';
import type { Heads } from './heads.js';
import { placeOf, positionOf } from './place.js';

const sql = {
  lastEntry: 'SELECT place, "check" FROM log WHERE place BETWEEN ? AND ? ORDER BY place DESC LIMIT 1',
  mark: 'UPDATE partitions SET trimmed_position = ?, trimmed_check = ? WHERE partition = ?',
} as const;

/** Ends the feed's history at the last entry up to a position, within a transaction of the caller's. */
export function trimmer(database: Database, heads: Heads) {
  const statements = prepareAll(database, sql);
  return (partition: number, position: number): void => {
    const head = heads.of(partition);
    const [from, to] = [placeOf(partition, head.trimmedPosition + 1), placeOf(partition, position)];
    const entry = statements.lastEntry.get(from, to);
    if (!entry) return;
    head.trimmedPosition = positionOf(entry.place);
    statements.mark.run(head.trimmedPosition, entry.check, partition);
  };
}
