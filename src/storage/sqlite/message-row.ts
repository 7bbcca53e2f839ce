import type { Message } from '../ports/queue.js';

/** A stored message without its value. */
export interface MessageRow extends Omit<Message, 'value'> {
  /** Names its row as long as it is there. */
  readonly num: number;
}

/** The columns of a message and its place, in the order in which `messageRow` reads them. */
export const messageColumns = `places.message, place, attempts, ready_time, message_id, group_id, dedup_id,
  push_time, max_attempts`;

/** Reads a message from its row, an array that begins with these columns. */
export function messageRow(queueId: string, row: readonly unknown[]): MessageRow {
  const [num, place, attempts, readyTime, messageId, groupId, dedupId, pushTime, maxAttempts] = row;
  return {
    num,
    queueId,
    messageId,
    groupId,
    dedupId,
    pushTime,
    readyTime: readyTime ?? undefined,
    attempts,
    maxAttempts,
    place,
  } as MessageRow;
}
