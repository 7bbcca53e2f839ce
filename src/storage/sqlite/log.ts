import { stillHolds } from '../known.js';
import type { Micros } from '../ports/common.js';
import type { Known, LogEntry, LogLimit, LogPage, Moment, Place, RecordedEvent } from '../ports/tracker.js';
import { entryBytes } from '../size.js';
import { type Database, prepareAll } from './connection.js';
import { placeOf, positionOf } from './place.js';
import { type EventRow, eventColumns, eventOf } from './read.js';

interface EntryRow {
  readonly place: number;
  readonly first_place: number;
  readonly check: string;
  readonly id: string;
  /** An append's. */
  readonly first_sequence: number | null;
  readonly first_visible: number;
  /** An erasure's. */
  readonly ranges: string;
  readonly deleted: number;
}

interface Bounds {
  readonly trimmed: Place;
  readonly end: Place;
}

const sql = {
  bounds: 'SELECT position, "check", trimmed_position, trimmed_check FROM partitions WHERE partition = ?',
  checkAt: 'SELECT "check" FROM log WHERE place = ?',
  entries: `SELECT place, first_place, "check", log.first_sequence, ranges, deleted, id,
      conversations.first_sequence AS first_visible
    FROM log JOIN conversations ON num = conversation WHERE place > ? AND place <= ? ORDER BY place`,
  events: `SELECT ${eventColumns}
    FROM log CROSS JOIN events ON events.place BETWEEN ?1 AND log.place WHERE log.place = ?2
    ORDER BY events.place`,
  entryBehind: 'SELECT place, first_place, store_time FROM log WHERE place > ? ORDER BY place LIMIT 1',
} as const;

export type LogReader = ReturnType<typeof logReader>;

/** Reads of the partitions' logs, within a snapshot of the caller's. */
export function logReader(database: Database, epoch: string) {
  const statements = prepareAll(database, sql);
  statements.events.setReturnArrays(true);

  function boundsOf(partition: number): Bounds {
    const row = statements.bounds.get(partition);
    return {
      trimmed: { position: row.trimmed_position, check: row.trimmed_check },
      end: { position: row.position, check: row.check },
    };
  }

  /** The check where an entry ends within the history that the feed can show. */
  function checkAt(partition: number, position: number, { trimmed, end }: Bounds): string | undefined {
    if (position === trimmed.position) return trimmed.check;
    if (position < trimmed.position || position > end.position) return undefined;
    return statements.checkAt.get(placeOf(partition, position))?.check;
  }

  function eventsOf(row: EntryRow, partition: number): readonly RecordedEvent[] {
    if (row.first_sequence === null) return [];
    const hidden = Math.max(row.first_visible - row.first_sequence, 0);
    if (row.first_place + hidden > row.place) return [];
    const conversation = { conversationId: row.id, partition };
    const rows = statements.events.all(row.first_place + hidden, row.place) as EventRow[];
    return rows.map((event) => eventOf(event, conversation));
  }

  function entries(partition: number, after: number, end: number, limit: LogLimit): readonly LogEntry[] {
    const found: LogEntry[] = [];
    let position = after;
    let count = 0;
    let bytes = 0;
    for (const row of statements.entries.iterate(placeOf(partition, after), placeOf(partition, end))) {
      const entry = entryOf(row, eventsOf(row, partition));
      if (entry.first !== position + 1) throw hole(partition, position, entry.first);
      count += entry.kind === 'append' ? Math.max(entry.events.length, 1) : 1;
      bytes += entryBytes(entry);
      if (found.length > 0 && (count > limit.maxEvents || bytes > limit.maxBytes)) return found;
      found.push(entry);
      position = entry.position;
    }
    if (position !== end) throw hole(partition, position, end);
    return found;
  }

  function findPlace(partition: number, time: Micros): Place {
    const bounds = boundsOf(partition);
    let low = bounds.trimmed.position;
    let high = bounds.end.position;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = statements.entryBehind.get(placeOf(partition, middle));
      if (entry.store_time < time) low = positionOf(entry.place);
      else high = positionOf(entry.first_place) - 1;
    }
    return { position: low, check: checkAt(partition, low, bounds)! };
  }

  return {
    /** When a partition is read that is read now. */
    momentOf: (partition: number): Moment => ({ epoch, place: boundsOf(partition).end }),
    stillHolds(
      known: Known,
      { partition, lastErasure }: { partition: number; lastErasure: number },
    ): boolean {
      const bounds = boundsOf(partition);
      return stillHolds(known, {
        epoch,
        lastErasure,
        checkAt: (position) => checkAt(partition, position, bounds),
      });
    },
    readLog(partition: number, after: number, limit: LogLimit): LogPage {
      const bounds = boundsOf(partition);
      const check = checkAt(partition, after, bounds);
      const found = check === undefined ? [] : entries(partition, after, bounds.end.position, limit);
      return { epoch, ...bounds, forgotten: 0, check, entries: found };
    },
    findPlace,
  };
}

function entryOf(row: EntryRow, events: readonly RecordedEvent[]): LogEntry {
  const place = {
    first: positionOf(row.first_place),
    position: positionOf(row.place),
    check: row.check,
    conversationId: row.id,
  };
  if (row.first_sequence !== null) return { kind: 'append', ...place, events };
  return { kind: 'erasure', ...place, ranges: JSON.parse(row.ranges), deleted: row.deleted === 1 };
}

function hole(partition: number, from: number, to: number): Error {
  return new Error(`the log of partition ${partition} has a hole between the positions ${from} and ${to}`);
}
