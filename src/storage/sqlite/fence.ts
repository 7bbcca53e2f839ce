import { isStale } from '../judge.js';
import { partitionOf } from '../partition.js';
import type { Micros } from '../ports/common.js';
import type { FenceOutcome } from '../ports/tracker.js';
import { type Database, prepareAll } from './connection.js';

const sql = {
  find: 'SELECT num, last_sequence, fence FROM conversations WHERE id = ?',
  create: 'INSERT INTO conversations (id, partition, fence, fence_time) VALUES (?, ?, ?, ?)',
  raise: 'UPDATE conversations SET fence = ?, fence_time = ? WHERE num = ?',
} as const;

/** Makes a fence the lowest accepted, within a transaction of the caller's. */
export function fenceRaiser(database: Database, partitions: number) {
  const statements = prepareAll(database, sql);
  return (conversationId: string, fence: number, now: Micros): FenceOutcome => {
    const row = statements.find.get(conversationId);
    if (!row) {
      statements.create.run(conversationId, partitionOf(conversationId, partitions), fence, now);
      return { status: 'accepted' };
    }
    const highestFence: number | undefined = row.fence ?? undefined;
    if (isStale(fence, { highestFence })) return { status: 'fence_stale', highestFence: highestFence! };
    statements.raise.run(fence, row.last_sequence === 0 ? now : null, row.num);
    return { status: 'accepted' };
  };
}
