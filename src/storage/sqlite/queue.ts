import { laterKey } from '../keys.js';
import type { Value } from '../ports/common.js';
import type {
  Message,
  NewMessage,
  PeekPage,
  PeekQuery,
  QueueState,
  QueueStore,
  Settlement,
} from '../ports/queue.js';
import { valueBytes } from '../value.js';
import type { ChangeGroup } from './change-group.js';
import { type Database, prepareAll, snapshot } from './connection.js';
import { translated } from './errors.js';
import { messageColumns, messageRow } from './message-row.js';
import { type State, statesOf } from './places.js';
import { type Queue, queueColumns } from './queues.js';

/** A place of a message in a state. */
interface Place {
  readonly state: State;
  readonly place: number;
}

const sql = {
  queue: `SELECT ${queueColumns} FROM queues WHERE queue_id = ?`,
  queues: `SELECT ${queueColumns} FROM queues WHERE queue_id >= ? AND queue_id <> ? ORDER BY queue_id LIMIT ?`,
  places: `SELECT state, place FROM places WHERE queue = ?1 AND state = +?2 AND place > ?4
    UNION ALL SELECT state, place FROM places WHERE queue = ?1 AND state = +?3 AND place > ?4
    ORDER BY place LIMIT ?5`,
  message: `SELECT ${messageColumns}, bytes, CASE WHEN bytes <= ?4 THEN value END
    FROM places JOIN messages ON num = places.message WHERE queue = ?1 AND state = +?2 AND place = ?3`,
  lastPlace: 'SELECT place FROM counters',
} as const;

/** The queues on SQLite: changes go through the write thread, reads through a connection of their own on this one. */
export function openQueue(reader: Database, group: ChangeGroup): QueueStore {
  const statements = prepareAll(reader, sql);
  statements.message.setReturnArrays(true);

  function placesOf({ num }: Queue, of: PeekQuery['state'], after: number, limit: number): readonly Place[] {
    const [one, other = null] = statesOf[of];
    return statements.places.all(num, one, other, after, limit) as Place[];
  }

  /** Without its value where there is no room for it. */
  function messageAt(queue: Queue, { state, place }: Place, room: number) {
    const row = statements.message.get(queue.num, state, place, room);
    const { num: _, ...message } = messageRow(queue.queueId, row);
    return { message, bytes: row[9] as number, value: (row[10] ?? undefined) as Value | undefined };
  }

  function stateOf(queue: Queue): QueueState {
    const { queueId, ready, inFlight, delayed, parked } = queue;
    const [first] = ready > 0 ? placesOf(queue, 'ready', 0, 1) : [];
    const oldestPushTime = first && messageAt(queue, first, -1).message.pushTime;
    return { queueId, ready, inFlight, delayed, parked, oldestPushTime };
  }

  function get(queueId: string): QueueState {
    const queue: Queue | undefined = statements.queue.get(queueId);
    return stateOf(queue ?? { num: 0, queueId, ready: 0, inFlight: 0, delayed: 0, parked: 0 });
  }

  function list(prefix: string, after: string, limit: number): readonly QueueState[] {
    const rows = statements.queues.all(laterKey(prefix, after), after, limit) as unknown as Queue[];
    return rows.filter(({ queueId }) => queueId.startsWith(prefix)).map(stateOf);
  }

  function peek({ queueId, state, after, limit, maxBytes }: PeekQuery): PeekPage {
    const queue: Queue | undefined = statements.queue.get(queueId);
    const messages: Message[] = [];
    let room = Number.MAX_SAFE_INTEGER;
    for (const place of queue ? placesOf(queue, state, after, limit + 1) : []) {
      const { message, bytes, value } = messageAt(queue!, place, room);
      if (messages.length === limit || value === undefined) return { messages, next: messages.at(-1)!.place };
      messages.push({ ...message, value });
      room = Math.min(room, maxBytes) - bytes;
    }
    return { messages, next: undefined };
  }

  return {
    push: (messages, now) => {
      const given = messages.map((message) => [message] as [NewMessage]);
      return group.changeAll('push', now, given, bytesOf(messages));
    },
    pop: (queueId, groups, now) => group.change('pop', now, [queueId, groups]),
    putBack: (messages, now) => group.change('putBack', now, [messages], bytesOf(messages)),
    claim: (request, now) => group.change('claim', now, [request]),
    settle: (settlements, now) =>
      group.changeAll(
        'settle',
        now,
        settlements.map((one) => [one] as [Settlement]),
      ),
    get: (queueId, now) => group.read(now, () => snapshot(reader, () => get(queueId))),
    list: (prefix, after, limit, now) =>
      group.read(now, () => snapshot(reader, () => list(prefix, after, limit))),
    peek: (query, now) => group.read(now, () => snapshot(reader, () => peek(query))),
    purge: (queueId, states, after, limit, now) =>
      group.change('purge', now, [queueId, states, after, limit]),
    replay: (queueId, ids, after, last, limit, now) =>
      group.change('replay', now, [queueId, ids, after, last, limit]),
    lastPlace: async () => translated(() => statements.lastPlace.get().place),
    expire: (limit, now) => group.change('expireQueues', now, [limit]),
    sweep: (limit, now) => group.change('sweepQueues', now, [limit]),
    watch: (onNotice) => group.queues.watch(onNotice),
  };
}

function bytesOf(messages: readonly { readonly value: Value }[]): number {
  return messages.reduce((sum, { value }) => sum + valueBytes(value), 0);
}
