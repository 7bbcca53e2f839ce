import { readFileSync } from 'node:fs';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { NewTicket } from '#src/storage/ports/lock.js';
import type { ClaimRequest, NewMessage } from '#src/storage/ports/queue.js';

export const second = 1_000_000;

/** Somebody who asks for a lock for a minute, and waits. */
export function newTicket(lockId: string, requestId: string, more: Partial<NewTicket> = {}): NewTicket {
  const lease = 60 * second;
  const common = { owner: '', kind: 'lease', lifetime: lease, lease, wait: true, interrupt: false } as const;
  return { ...common, lockId, requestId, maxWaiting: 1000, ...more };
}

export function newMessage(queueId: string, text: string, more: Partial<NewMessage> = {}): NewMessage {
  const none = { groupId: '', dedupId: '', delay: undefined, request: undefined };
  return { ...none, queueId, value: JSON.stringify(text), maxAttempts: 5, ...more };
}

/** One who claims a message for a minute. */
export function newClaim(queueId: string, more: Partial<ClaimRequest> = {}): ClaimRequest {
  const most = { maxMessages: 1, maxBytes: 1 << 20 };
  return { ...most, queueId, lease: 60 * second, owner: '', groups: true, ...more };
}

/** How many commits the write-ahead log has since it was begun: frames that say how large the file is by them. */
export function commitsIn(path: string): number {
  const log = readFileSync(`${path}-wal`);
  if (log.length === 0) return 0;
  const frame = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frame <= log.length; at += frame) {
    const isCurrent = log.subarray(at + 8, at + 16).equals(log.subarray(16, 24));
    if (isCurrent && log.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return commits;
}

/** A query of the values from 1 to a number. */
export function numbers(last: number): string {
  return `WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${last})
    SELECT value FROM n`;
}

/** What a file says twice and not alike: counts, the order of groups, who can be claimed. */
export function contradictionsIn(database: DatabaseSyncInstance): readonly string[] {
  const all = Object.entries(contradictions);
  return all.filter(([, sql]) => database.prepare(sql).all().length > 0).map(([what]) => what);
}

const standing = `SELECT p.*, m.message_id, m.group_id FROM places AS p JOIN messages AS m ON m.num = p.message`;
const first = `SELECT group_id, queue, min(place) AS place FROM group_places GROUP BY group_id, queue`;

const contradictions = {
  'a line of another length': `SELECT lock_id FROM locks
    WHERE length <> (SELECT count(*) FROM tickets WHERE lock = num) OR length = 0`,
  'a ticket without a line': 'SELECT ticket FROM tickets WHERE lock NOT IN (SELECT num FROM locks)',
  'a holder behind others, or none': `SELECT lock FROM tickets GROUP BY lock
    HAVING min(ticket) IS NOT min(CASE WHEN fence IS NOT NULL THEN ticket END) OR count(fence) <> 1`,
  'a claim without its ticket, or the other way round': `SELECT claim FROM claims LEFT JOIN tickets ON ticket = claim
    WHERE over = 0 AND (group_id <> '') <> (ticket IS NOT NULL)
    UNION SELECT ticket FROM tickets WHERE kind = 'claim' AND ticket NOT IN (SELECT claim FROM claims WHERE over = 0)`,
  'a claim without its message, or the other way round': `SELECT claim FROM claims
    WHERE over = 0 AND claim NOT IN (SELECT claim FROM places WHERE state = 3)
    UNION SELECT claim FROM places WHERE state = 3 AND claim NOT IN (SELECT claim FROM claims WHERE over = 0)`,
  'a claim that outlasts its lock': `SELECT claim FROM claims JOIN tickets ON ticket = claim
    WHERE over = 0 AND time <> lease_end`,
  'a queue with other counts': `SELECT queue_id FROM queues
    LEFT JOIN places ON queue = num GROUP BY num
    HAVING ready <> count(CASE WHEN state IN (0, 1) THEN 1 END) OR delayed <> count(CASE WHEN state = 2 THEN 1 END)
      OR in_flight <> count(CASE WHEN state = 3 THEN 1 END) OR parked <> count(CASE WHEN state = 4 THEN 1 END)
      OR count(place) = 0`,
  'a place without a queue': 'SELECT place FROM places WHERE queue NOT IN (SELECT num FROM queues)',
  'a message at no place, or at two': `SELECT num FROM messages
    WHERE (SELECT count(*) FROM places WHERE message = num) <> 1`,
  'a message out of its group': `SELECT place FROM (${standing}) AS s WHERE group_id <> '' AND state <> 4
    AND NOT EXISTS (SELECT 1 FROM group_places AS g WHERE g.group_id = s.group_id AND g.queue = s.queue AND g.place = s.place)`,
  'a group with others': `SELECT place FROM group_places AS g WHERE NOT EXISTS (SELECT 1 FROM (${standing}) AS s
    WHERE s.group_id = g.group_id AND s.queue = g.queue AND s.place = g.place AND state <> 4)`,
  'one that can be claimed and should not, or the other way round': `SELECT s.place FROM (${standing}) AS s
    LEFT JOIN (${first}) AS f ON f.group_id = s.group_id AND f.queue = s.queue AND f.place = s.place
    WHERE state IN (0, 1) AND (state = 0) <> (s.group_id = ''
      OR (f.place IS NOT NULL AND s.group_id NOT IN (SELECT lock_id FROM locks)))`,
  'a parked message that can not be found': `SELECT place FROM (${standing}) AS s
    WHERE (state = 4) <> (message_id IN (SELECT message_id FROM parked_messages AS k
      WHERE k.queue = s.queue AND k.place = s.place))`,
  'a number that was not given': `SELECT number FROM counters WHERE number < (SELECT max(claim) FROM claims)
    OR number < (SELECT max(fence) FROM tickets) OR place < (SELECT max(place) FROM places)`,
} as const;
