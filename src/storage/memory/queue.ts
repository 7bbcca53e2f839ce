import { replayed } from '../judge-queue.js';
import { laterKey } from '../keys.js';
import type { Micros } from '../ports/common.js';
import type {
  Message,
  MessageState,
  PeekPage,
  PeekQuery,
  QueueState,
  QueueStep,
  QueueStore,
} from '../ports/queue.js';
import { valueBytes } from '../value.js';
import { claim, pop, settle } from './claim.js';
import { endClaim, removeMessage } from './ends.js';
import type { State } from './held.js';
import { expireMessages, operate } from './operate.js';
import { push, putBack } from './push.js';
import type { Queue, StoredMessage } from './queues.js';
import { MemoryRequests } from './requests.js';

/** Queues in memory, which take about so many bytes at most. */
export function openQueue(state: State, maxBytes: number): QueueStore {
  const requests = new MemoryRequests();
  return {
    push: (messages, now) =>
      operate(state, now, () => messages.map((one) => push(state, requests, maxBytes, one, now))),
    pop: (queueId, groups, now) => operate(state, now, () => pop(state, queueId, groups, now)),
    putBack: (messages, now) =>
      operate(state, now, () => {
        for (const message of messages) putBack(state, message);
      }),
    claim: (request, now) => operate(state, now, () => claim(state, request, now)),
    settle: (settlements, now) =>
      operate(state, now, () => settlements.map((one) => settle(state, one, now))),
    get: (queueId, now) => operate(state, now, () => stateOf(queueId, state.queues.queue(queueId))),
    list: (prefix, after, limit, now) => operate(state, now, () => list(state, prefix, after, limit)),
    peek: (query, now) => operate(state, now, () => peek(state, query)),
    purge: (queueId, states, after, limit, now) =>
      operate(state, now, () => purge(state, { queueId, states, after, limit }, now)),
    replay: (queueId, ids, after, last, limit, now) =>
      operate(state, now, () => replay(state, { queueId, ids, after, last, limit })),
    lastPlace: async () => state.place,
    expire: (limit, now) => expireMessages(state, limit, now),
    sweep: async (limit, now) => {
      const swept = [state.claimEndings, state.dedups, requests].map((memory) => memory.sweep(limit, now));
      return swept.includes(true);
    },
    watch: async (onNotice) => state.queueNotices.watch(onNotice),
  };
}

function stateOf(queueId: string, queue: Queue | undefined): QueueState {
  const { ready, in_flight, delayed, parked } = queue?.byState ?? {};
  return {
    queueId,
    ready: ready?.size ?? 0,
    inFlight: in_flight?.size ?? 0,
    delayed: delayed?.size ?? 0,
    parked: parked?.size ?? 0,
    oldestPushTime: ready?.first?.message.pushTime,
  };
}

function list({ queues }: State, prefix: string, after: string, limit: number): readonly QueueState[] {
  const found: QueueState[] = [];
  for (const queueId of queues.idsFrom(laterKey(prefix, after))) {
    if (found.length === limit || !queueId.startsWith(prefix)) break;
    if (queueId !== after) found.push(stateOf(queueId, queues.queue(queueId)));
  }
  return found;
}

function peek({ queues }: State, { queueId, state, after, limit, maxBytes }: PeekQuery): PeekPage {
  const messages: Message[] = [];
  let room = maxBytes;
  for (const { message } of queues.queue(queueId)?.byState[state].from({ place: after + 1 }) ?? []) {
    room -= valueBytes(message.value);
    if (messages.length > 0 && (messages.length >= limit || room < 0)) {
      return { messages, next: messages.at(-1)!.place };
    }
    messages.push(message);
  }
  return { messages, next: undefined };
}

interface Range {
  readonly queueId: string;
  readonly after: number;
  readonly limit: number;
}

function purge(
  state: State,
  range: Range & { readonly states: readonly MessageState[] },
  now: Micros,
): QueueStep {
  const queue = state.queues.queue(range.queueId);
  const found = range.states.flatMap((of) =>
    firstOf(queue?.byState[of].from({ place: range.after + 1 }), range.limit),
  );
  return step(found, range, (stored) => {
    if (stored.claim) endClaim(state, stored, 'purged', undefined, now);
    else removeMessage(state, stored, false, now);
  });
}

function replay(
  state: State,
  range: Range & { readonly ids: readonly string[] | undefined; readonly last: number },
): QueueStep {
  const { queueId, ids, after, last, limit } = range;
  const parked = state.queues.queue(queueId)?.byState.parked;
  const found = ids
    ? ids.map((id) => state.queues.find(id))
    : firstOf(parked?.from({ place: after + 1 }), limit);
  const isMeant = (stored: StoredMessage | undefined): stored is StoredMessage =>
    stored?.state === 'parked' && stored.queue.id === queueId && stored.place > after && stored.place <= last;
  return step([...new Set(found.filter(isMeant))], range, (stored) =>
    state.queues.change(stored, replayed(stored.message), ++state.place),
  );
}

function firstOf(messages: Iterable<StoredMessage> = [], limit: number): readonly StoredMessage[] {
  const found: StoredMessage[] = [];
  for (const message of messages) {
    if (found.push(message) === limit) break;
  }
  return found;
}

/** Does something to the first of these messages, by place. */
function step(
  found: readonly StoredMessage[],
  { limit }: Range,
  work: (stored: StoredMessage) => void,
): QueueStep {
  const first = [...found].sort((a, b) => a.place - b.place).slice(0, limit);
  const next = first.length === limit ? first.at(-1)!.place : undefined;
  for (const stored of first) work(stored);
  return { count: first.length, next };
}
