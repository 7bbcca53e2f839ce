/**
 * The keys. All begin with the namespace; those of a partition have one hash tag, so that they are in one slot of a
 * cluster and one script can change them together. They are few and the same for every operation of a service, so
 * that a script can declare them all before it knows what it will meet.
 */

/** The store's id, epoch, number of partitions and the layout's version. */
export function storeKey(namespace: string): string {
  return `{${namespace}}:store`;
}

/** The channel of the hints that logs have grown. */
export function hintChannel(namespace: string): string {
  return `{${namespace}}:hints`;
}

/** The channel of the notices of what happened to a partition's locks and queues; databases have them in common. */
export function noticeChannel(namespace: string, partition: number, database: number): string {
  return partKey(namespace, partition, `notices:${database}`);
}

/**
 * A partition's keys, by service, in the order in which the scripts name them. The first is the same for all:
 * - meta (hash): the store it belongs to; of the log, its end, which is the mark of what is applied, with check and
 *   time, what was trimmed and swept, how far it was looked for what has expired (aged) and for erasures' entries
 *   to forget (reviewed), and the last of those (forgotten), and the last number given to a conversation; the last version of a record; the last number and place of locks and queues.
 */
export const parts = {
  /**
   * - log (hash): by position, an event, which is kept here only, or the line of an entry that ends there, or both.
   * - runs (hash): by a stretch of 256 positions, what is left of entries that show nothing any more, packed: where each
   *   ends, how many positions it takes, its time and its check.
   * - heads (hash): by conversation, numbers, kept for as long as it is known (lua/partition.ts `head_fields`).
   * - places (hash): by a conversation's number and a stretch of 64 sequences, the positions where their entries end.
   * - ids (hash): by a conversation's number and an append's id, the position where it ends.
   * - living (sorted set): the conversations that have events, by bytes.
   * - erasures (hash): by a conversation's number and a request's id, the digest and the position of its entry.
   * - scrubs (sorted set): positions of erasures whose content is still to be removed, by the next sequence.
   * - idle (sorted set): conversations without events that are still known, by the time of the end or last fence.
   */
  tracker: ['meta', 'log', 'runs', 'heads', 'places', 'ids', 'living', 'erasures', 'scrubs', 'idle'],
  /**
   * - cache (hash): `e` and a key: its entry's expiry, kind and size; `v` and a key: the value; `r` and a request's
   *   id: when it was carried out, and what it was answered.
   * - cache_names (sorted set): the keys, by bytes.
   * - cache_requests (sorted set): requests' ids, by time.
   * - cache_expiries (sorted set): the keys of what expires, by when.
   */
  cache: ['meta', 'cache', 'cache_names', 'cache_requests', 'cache_expiries'],
  /** As the cache's; `e` and a key: version, time, kind and size or count. A list's items are in a key of its own. */
  record: ['meta', 'records', 'record_names', 'record_requests'],
  /**
   * Locks and queues, of which a claim changes both. A message with a group is in its lock's partition. Records are
   * in the form of MessagePack.
   * - tickets (hash): `t` and a number: a ticket; `r`, a lock and a request: the number of its ticket.
   * - lines (sorted set): locks with the numbers of their tickets, by bytes; so of each lock the first comes first.
   * - locks (sorted set): the locks that have tickets, by bytes.
   * - ticket_ends (sorted set): locks with the numbers of their tickets, by when they run out.
   * - messages (hash): `m` and an id: a message; `v`: its value; `q` and a request's id: what it pushed; `d`, a queue
   *   and a dedup id: whose that is, since when it is done, and which partition knows, if not this; `x` and an id: when
   *   it was decided that the message never comes to be.
   * - queued (sorted set): queues with a letter for a state, places and messages, by bytes; once more with `c` what
   *   is claimable.
   * - groups (sorted set): groups, queues, places and messages that are not parked, by bytes.
   * - turns (sorted set): locks that became free, or stopped being so, and queues of which their groups' messages are
   *   still to be judged: those behind.
   * - message_ends (sorted set): messages by when they are due, or their claims run out.
   * - queues (sorted set): the queues that have messages, by bytes.
   * - endings (hash): `l` and a fence: how a holding ended; `t` and a ticket, or `r`, a lock and a request: its fence;
   *   `c` and a claim: how that ended.
   * - ending_times, claim_times, request_times, dedup_times (sorted sets): what is remembered, by time.
   */
  lines: [
    ...['meta', 'tickets', 'lines', 'locks', 'ticket_ends', 'messages', 'queued', 'groups', 'turns'],
    ...['message_ends', 'queues', 'endings', 'ending_times', 'claim_times', 'request_times', 'dedup_times'],
  ],
} as const;

export type Service = keyof typeof parts;

export function partitionKeys(namespace: string, partition: number, service: Service): readonly string[] {
  return parts[service].map((part) => partKey(namespace, partition, part));
}

/** The key of each partition that it has as soon as anything was written to it. */
export function metaKeys(namespace: string, partitions: number): readonly string[] {
  return Array.from({ length: partitions }, (_, partition) => partKey(namespace, partition, 'meta'));
}

/** The list of a record (list): its items, each behind its kind. */
export function listKey(namespace: string, partition: number, key: string): string {
  return partKey(namespace, partition, `list:${key}`);
}

function partKey(namespace: string, partition: number, part: string): string {
  return `{${namespace}:${partition}}:${part}`;
}
