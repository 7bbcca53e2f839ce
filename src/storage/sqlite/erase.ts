import { judgeErasure, type Prior } from '../judge.js';
import { partitionOf } from '../partition.js';
import type { EraseOutcome, ErasureResult, NewErasure, SequenceRange } from '../ports/tracker.js';
import { toRanges } from '../ranges.js';
import { type Database, prepareAll } from './connection.js';
import type { Heads } from './heads.js';
import { placeOf } from './place.js';

interface ConversationRow {
  readonly num: number;
  readonly life: number;
  readonly present: number;
  readonly life_sequence: number;
  readonly first_sequence: number;
  readonly last_sequence: number;
}

const sql = {
  find: `SELECT num, life, present, life_sequence, first_sequence, last_sequence
    FROM conversations WHERE id = ?`,
  prior: 'SELECT digest, position FROM erasures WHERE conversation = ? AND request_id = ?',
  rangesAt: 'SELECT ranges FROM log WHERE place = ?',
  remember: 'INSERT INTO erasures (conversation, request_id, digest, position) VALUES (?, ?, ?, ?)',
  addEntry: `INSERT INTO log (place, first_place, conversation, life, "check", store_time, ranges, deleted)
    VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
  findEntry: `SELECT first_place, first_sequence FROM log
    WHERE conversation = ? AND first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1`,
  removeEvent: 'DELETE FROM events WHERE place = ?',
  anyBelow: `SELECT 1 FROM log CROSS JOIN events ON events.place BETWEEN log.first_place AND log.place
    WHERE log.conversation = ?1 AND log.first_sequence < ?3
      AND log.first_sequence >= (SELECT max(first_sequence) FROM log WHERE conversation = ?1 AND first_sequence <= ?2)
      AND log.first_sequence + events.place - log.first_place BETWEEN ?2 AND ?3 - 1
    LIMIT 1`,
  note: 'UPDATE conversations SET last_erasure = ? WHERE num = ?',
  truncate: 'UPDATE conversations SET first_sequence = ? WHERE num = ?',
  end: `UPDATE conversations SET present = 0, life = ?, life_sequence = last_sequence + 1,
    first_sequence = last_sequence + 1 WHERE num = ?`,
  addScrub: `INSERT INTO scrubs (place, conversation, next_sequence, last_sequence, forgets)
    VALUES (?, ?, ?, ?, ?)`,
} as const;

/** Writes an erasure's entry and hides what it names, or tells why not, within a transaction of the caller's. */
export function eraser(database: Database, heads: Heads, partitions: number) {
  const statements = prepareAll(database, sql);

  function prior(
    row: ConversationRow,
    partition: number,
    requestId: string,
  ): Prior<ErasureResult> | undefined {
    const found = statements.prior.get(row.num, requestId);
    if (!found) return undefined;
    const { digest, position } = found;
    const ranges =
      position === 0 ? [] : JSON.parse(statements.rangesAt.get(placeOf(partition, position)).ranges);
    return { digest, result: { partition, position, ranges } };
  }

  /** What is hidden by it; redacted events go at once, so that nothing else has to know of them. */
  function rangesOf(row: ConversationRow, erasure: NewErasure): readonly SequenceRange[] {
    const { first_sequence: first, last_sequence: last } = row;
    switch (erasure.kind) {
      case 'delete':
        return first <= last ? [{ first, last }] : [];
      case 'truncate':
        return isAnyBelow(row, erasure.firstKept) ? [{ first, last: erasure.firstKept - 1 }] : [];
      case 'redact':
        return toRanges(
          erasure.sequences.filter((sequence) => sequence >= first && remove(row.num, sequence)),
        );
    }
  }

  function isAnyBelow(row: ConversationRow, firstKept: number): boolean {
    if (firstKept <= row.first_sequence) return false;
    return statements.anyBelow.get(row.num, row.first_sequence, firstKept) !== undefined;
  }

  function remove(num: number, sequence: number): boolean {
    const entry = statements.findEntry.get(num, sequence);
    return statements.removeEvent.run(entry.first_place + sequence - entry.first_sequence).changes === 1;
  }

  function hide(row: ConversationRow, erasure: NewErasure, position: number, place: number): void {
    if (erasure.kind === 'delete') {
      statements.end.run(position, row.num);
      statements.addScrub.run(place, row.num, row.life_sequence, row.last_sequence, 1);
    } else if (erasure.kind === 'truncate') {
      statements.truncate.run(erasure.firstKept, row.num);
      statements.addScrub.run(place, row.num, row.first_sequence, erasure.firstKept - 1, 0);
    }
  }

  function write(row: ConversationRow, partition: number, erasure: NewErasure): ErasureResult {
    const ranges = rangesOf(row, erasure);
    const deleted = erasure.kind === 'delete';
    if (ranges.length === 0 && !deleted) return { partition, position: 0, ranges };
    const named = ['erase', erasure.conversationId, erasure.requestId, erasure.digest];
    const { position, check, storeTime } = heads.take(partition, 1, named);
    const place = placeOf(partition, position);
    const told = JSON.stringify(ranges);
    statements.addEntry.run(place, row.num, row.life, check, storeTime, told, deleted ? 1 : 0);
    statements.note.run(position, row.num);
    hide(row, erasure, position, place);
    return { partition, position, ranges };
  }

  return (erasure: NewErasure): EraseOutcome => {
    const { conversationId, requestId, digest } = erasure;
    const partition = partitionOf(conversationId, partitions);
    const row = statements.find.get(conversationId) as ConversationRow | undefined;
    if (!row) return { status: 'missing' };
    const standing = { lastSequence: row.last_sequence, exists: row.present === 1 };
    const refused = judgeErasure(erasure, standing, prior(row, partition, requestId));
    if (refused) return refused;
    const result = write(row, partition, erasure);
    statements.remember.run(row.num, requestId, digest, result.position);
    return { status: 'erased', result };
  };
}
