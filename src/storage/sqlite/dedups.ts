import type { Micros } from '../ports/common.js';
import type { Message } from '../ports/queue.js';
import { type Database, prepareAll } from './connection.js';

type Deduped = Pick<Message, 'queueId' | 'dedupId' | 'messageId'>;

const sql = {
  find: `SELECT message_id FROM dedups WHERE queue_id = ? AND dedup_id = ?
    AND (done_time IS NULL OR done_time > ?)`,
  keep: `INSERT INTO dedups (queue_id, dedup_id, message_id) VALUES (?, ?, ?)
    ON CONFLICT (queue_id, dedup_id) DO UPDATE SET message_id = excluded.message_id, done_time = NULL`,
  done: 'UPDATE dedups SET done_time = ? WHERE queue_id = ? AND dedup_id = ? AND message_id = ?',
  forget: 'DELETE FROM dedups WHERE queue_id = ? AND dedup_id = ? AND message_id = ?',
  sweep: `DELETE FROM dedups WHERE num IN
    (SELECT num FROM dedups WHERE done_time <= ? ORDER BY done_time LIMIT ?)`,
} as const;

/** The dedup ids that are refused, within a transaction of the caller's. */
export type Dedups = ReturnType<typeof dedupsIn>;

/** `window` is how long an id is refused after its message was done. */
export function dedupsIn(database: Database, window: Micros) {
  const statements = prepareAll(database, sql);
  return {
    /** The message that an id is refused for. */
    find: (queueId: string, dedupId: string, now: Micros): string | undefined =>
      statements.find.get(queueId, dedupId, now - window)?.message_id,
    /** Refuses an id as long as its message is there. */
    keep: ({ queueId, dedupId, messageId }: Deduped): void => {
      statements.keep.run(queueId, dedupId, messageId);
    },
    /** Its message was acknowledged or popped. */
    done: ({ queueId, dedupId, messageId }: Deduped, now: Micros): void => {
      statements.done.run(now, queueId, dedupId, messageId);
    },
    forget: ({ queueId, dedupId, messageId }: Deduped): void => {
      statements.forget.run(queueId, dedupId, messageId);
    },
    /** Removes at most so many that are refused no more. True where there may be more. */
    sweep: (limit: number, now: Micros): boolean =>
      statements.sweep.run(now - window, limit).changes === limit,
  };
}
