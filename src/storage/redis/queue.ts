import { compareBytes } from '../bytes.js';
import { laterKey } from '../keys.js';
import type { Micros } from '../ports/common.js';
import type {
  ClaimEnd,
  Message,
  MessageState,
  PeekPage,
  PeekQuery,
  QueueState,
  QueueStep,
  QueueStore,
  Settlement,
  SettleOutcome,
} from '../ports/queue.js';
import { valueBytes } from '../value.js';
import { Claimer } from './claimer.js';
import { inParts } from './keyed.js';
import type { Lines } from './lines.js';
import { type MessageReply, messageOf } from './message.js';
import { Pusher } from './pusher.js';
import { scripts } from './scripts.js';

/** The most settlements that one script takes, so that it does not hold the server up for long. */
const maxSettled = 64;

/**
 * Queues on Redis. A message with a group is in the partition of the group's lock, one without in its queue's; so a
 * queue may be in several, and the order of its messages over them is that of the servers' clocks.
 */
export function openQueue(lines: Lines): QueueStore {
  const { partitions } = lines;
  const claimer = new Claimer(lines);
  const pusher = new Pusher(lines);

  function settle(settlements: readonly Settlement[], now: Micros): Promise<readonly SettleOutcome[]> {
    return inParts(
      settlements,
      ({ receipt }) => receipt.partition,
      async (partition, share) => {
        if (partition >= partitions) return share.map(() => ({ status: 'ended', ending: undefined }));
        const outcomes: SettleOutcome[] = [];
        for (let i = 0; i < share.length; i += maxSettled) {
          const args = share.slice(i, i + maxSettled).flatMap(settleArguments);
          const [answers] = await lines.run<readonly [readonly SettleReply[]]>(
            partition,
            scripts.settle,
            args,
            now,
          );
          outcomes.push(...answers.map(settleOutcome));
        }
        return outcomes;
      },
    );
  }

  async function get(queueId: string, now: Micros): Promise<QueueState> {
    const answers = await Promise.all(
      lines.all.map((partition) => lines.run<readonly [Counts]>(partition, scripts.getQueue, [queueId], now)),
    );
    return stateOf(
      queueId,
      answers.map(([counts]) => counts),
    );
  }

  async function list(
    prefix: string,
    after: string,
    limit: number,
    now: Micros,
  ): Promise<readonly QueueState[]> {
    const from = laterKey(prefix, after) === after ? `(${after}` : `[${prefix}`;
    const args = [from, prefix, limit];
    const answers = await Promise.all(
      lines.all.map((partition) =>
        lines.run<readonly [readonly (readonly [string, Counts])[]]>(
          partition,
          scripts.listQueues,
          args,
          now,
        ),
      ),
    );
    const byQueue = new Map<string, Counts[]>();
    for (const [queueId, counts] of answers.flatMap(([found]) => found)) {
      const others = byQueue.get(queueId);
      if (others) others.push(counts);
      else byQueue.set(queueId, [counts]);
    }
    const ids = [...byQueue.keys()].sort(compareBytes).slice(0, limit);
    return ids.map((queueId) => stateOf(queueId, byQueue.get(queueId)!));
  }

  async function peek(query: PeekQuery, now: Micros): Promise<PeekPage> {
    const { queueId, state, after, limit, maxBytes } = query;
    const args = [queueId, state, after, limit, maxBytes];
    const pages = await Promise.all(
      lines.all.map(async (partition) => {
        const [more, found] = await lines.run<PeekReply>(partition, scripts.peek, args, now, 'bytes');
        return { more: more === 1, messages: found.map((one) => messageOf(queueId, one)) };
      }),
    );
    return mergePages(pages, query);
  }

  /** Goes over the partitions, whose messages are changed so that they are not met again. */
  async function stepOver(
    limit: number,
    after: number,
    work: (partition: number, room: number) => Promise<readonly [count: number, next: number | null]>,
  ): Promise<QueueStep> {
    let count = 0;
    for (const partition of lines.all) {
      const [some, next] = await work(partition, limit - count);
      count += some;
      if (next !== null) return { count, next: partitions === 1 ? next : after };
    }
    return { count, next: undefined };
  }

  async function purge(
    queueId: string,
    states: readonly MessageState[],
    after: number,
    limit: number,
    now: Micros,
  ): Promise<QueueStep> {
    return stepOver(limit, after, (partition, room) =>
      lines.run(partition, scripts.purge, [queueId, after, room, ...states], now),
    );
  }

  async function replay(
    queueId: string,
    ids: readonly string[] | undefined,
    after: number,
    last: number,
    limit: number,
    now: Micros,
  ): Promise<QueueStep> {
    return stepOver(limit, after, (partition, room) =>
      lines.run(partition, scripts.replay, [queueId, after, last, room, ids ? 1 : 0, ...(ids ?? [])], now),
    );
  }

  async function lastPlace(): Promise<number> {
    const last = await Promise.all(
      lines.all.map((partition) => lines.run<readonly [number]>(partition, scripts.lastPlace, [], 0)),
    );
    return Math.max(...last.map(([place]) => place));
  }

  /** Forgets in all partitions; dedup ids of messages that are elsewhere, where that says that they are gone. */
  async function sweep(limit: number, now: Micros): Promise<boolean> {
    let room = limit;
    for (let partition = 0; partition < partitions && room > 0; partition++) {
      const [count, elsewhere] = await lines.run<SweepReply>(partition, scripts.sweepQueues, [room], now);
      room -= count;
      for (const [queueId, dedupId, id, where] of elsewhere) {
        await pusher.free({ queueId, dedupId, id, partition: where }, now);
      }
    }
    return room === 0;
  }

  return {
    push: (messages, now) => pusher.push(messages, now),
    pop: (queueId, groups, now) => claimer.pop(queueId, groups, now),
    putBack: (messages, now) => pusher.putBack(messages, now),
    claim: (request, now) => claimer.claim(request, now),
    settle,
    get,
    list,
    peek,
    purge,
    replay,
    lastPlace,
    expire: (limit, now) => lines.expire(scripts.expireMessages, limit, now),
    sweep,
    watch: (onNotice) => lines.notices.watchQueues(partitions, claimer.watcher(onNotice)),
  };
}

function settleArguments(settlement: Settlement) {
  const { kind, receipt } = settlement;
  const time = kind === 'nack' ? settlement.delay : kind === 'extend' ? settlement.lease : undefined;
  return [kind, receipt.messageId, receipt.claim, time ?? ''];
}

type SweepReply = readonly [
  count: number,
  elsewhere: readonly (readonly [queueId: string, dedupId: string, id: string, partition: number])[],
];

type SettleReply =
  | readonly ['done' | 'repeated']
  | readonly ['extended', leaseEnd: number, interrupted: number]
  | readonly ['ended', cause: ClaimEnd | null, endTime: number | null];

function settleOutcome(answer: SettleReply): SettleOutcome {
  switch (answer[0]) {
    case 'extended':
      return { status: 'extended', leaseEnd: answer[1], interrupted: answer[2] === 1 };
    case 'ended': {
      const [, cause, endTime] = answer;
      return { status: 'ended', ending: cause === null ? undefined : { cause, endTime: endTime! } };
    }
    default:
      return { status: answer[0] };
  }
}

/** How many a partition has, and of the first that is ready its place and when it was pushed. */
type Counts = readonly [
  ready: number,
  inFlight: number,
  delayed: number,
  parked: number,
  place: number | null,
  pushTime: number | null,
];

function stateOf(queueId: string, all: readonly Counts[]): QueueState {
  const sum = (i: 0 | 1 | 2 | 3) => all.reduce((total, counts) => total + counts[i], 0);
  const firsts = all.filter(([, , , , place]) => place !== null).sort((a, b) => a[4]! - b[4]!);
  return {
    queueId,
    ready: sum(0),
    inFlight: sum(1),
    delayed: sum(2),
    parked: sum(3),
    oldestPushTime: firsts[0]?.[5] ?? undefined,
  };
}

type PeekReply = readonly [more: number, messages: readonly MessageReply[]];

/** Joins pages of partitions up to the first place behind which one of them has more. */
function mergePages(
  pages: readonly { readonly more: boolean; readonly messages: readonly Message[] }[],
  { limit, maxBytes }: PeekQuery,
): PeekPage {
  const ends = pages.flatMap(({ more, messages }) => (more ? [messages.at(-1)!.place] : []));
  const complete = Math.min(Number.POSITIVE_INFINITY, ...ends);
  const all = pages.flatMap(({ messages }) => messages).sort((a, b) => a.place - b.place);
  const shown: Message[] = [];
  let room = maxBytes;
  for (const message of all) {
    room -= valueBytes(message.value);
    const isTooMuch = shown.length >= limit || room < 0 || message.place > complete;
    if (isTooMuch && shown.length > 0) return { messages: shown, next: shown.at(-1)!.place };
    shown.push(message);
  }
  return { messages: shown, next: ends.length > 0 ? shown.at(-1)!.place : undefined };
}
