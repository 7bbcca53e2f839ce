import type { Message } from '../ports/queue.js';
import { toValue } from './keyed.js';

/** A message as the scripts tell it. */
export type MessageReply = readonly [
  messageId: Buffer,
  groupId: Buffer,
  dedupId: Buffer,
  pushTime: number,
  readyTime: number | null,
  attempts: number,
  maxAttempts: number,
  place: number,
  kind: Buffer,
  value: Buffer,
];

export function messageOf(queueId: string, reply: MessageReply): Message {
  const [messageId, groupId, dedupId, pushTime, readyTime, attempts, maxAttempts, place, kind, value] = reply;
  return {
    queueId,
    messageId: String(messageId),
    value: toValue(String(kind), value),
    groupId: String(groupId),
    dedupId: String(dedupId),
    pushTime,
    readyTime: readyTime ?? undefined,
    attempts,
    maxAttempts,
    place,
  };
}
