import { compareBytes } from '../bytes.js';
import { laterKey } from '../keys.js';
import { emptyPage } from '../known.js';
import { partitionOf } from '../partition.js';
import type { OpenOptions } from '../ports/backend.js';
import type { Micros } from '../ports/common.js';
import type {
  Conversation,
  ConversationPage,
  EraseOutcome,
  FencedPage,
  NewErasure,
  Place,
  ReadRange,
  RecordedEvent,
  TrackerStore,
} from '../ports/tracker.js';
import { eventBytes } from '../size.js';
import { appender, type Settling } from './append.js';
import { conversationOf, eventOf, rangesOf } from './codec.js';
import type { Hints } from './hints.js';
import { readPage } from './log.js';
import type { PartitionRunner, Partitions } from './partitions.js';
import type { Argument, Runner, Script } from './script.js';
import { scripts } from './scripts.js';

type Options = { readonly isCluster: boolean } & Pick<OpenOptions, 'retention' | 'erasureRetention'>;

/** How long erasures' entries are kept where nothing else is said: 30 days. */
const defaultErasureRetention = 30 * 24 * 3_600_000_000;

/** The most things that a script of the upkeep does, so that it does not hold the server up for long. */
const maxUpkeep = 125;

/** The tracker on Redis: each method is one script on the conversation's partition. */
export function openTracker(
  partitions: Partitions,
  appending: { readonly settling: Settling; readonly runner: Runner },
  hints: Pick<Hints, 'tell' | 'listen'>,
  { isCluster, retention, erasureRetention = defaultErasureRetention }: Options,
): TrackerStore {
  const { partitions: count } = partitions.identity;
  const serve = (runner?: Runner) => withFirst(partitions.serve('tracker', 'text', runner), retention ?? '');
  const runner = serve();
  const partitionFor = (conversationId: string) => partitionOf(conversationId, count);

  function read(conversationId: string, range: ReadRange): Promise<ConversationPage> {
    return readBy(scripts.read, conversationId, range, []) as Promise<ConversationPage>;
  }

  async function readFenced(conversationId: string, fence: number, range: ReadRange): Promise<FencedPage> {
    const found = await readBy(scripts.readFenced, conversationId, range, [fence]);
    if (typeof found === 'number') return { status: 'fence_stale', highestFence: found };
    return { status: 'accepted', page: found };
  }

  /** A page, or the number that a script answers in its place. */
  async function readBy(
    script: Script,
    conversationId: string,
    range: ReadRange,
    more: readonly number[],
  ): Promise<ConversationPage | number> {
    const partition = partitionFor(conversationId);
    const { epoch } = partitions.identity;
    const known = range.known?.epoch === epoch ? range.known : undefined;
    const answer = await runner.run<ReadReply | number | null>(partition, script, [
      conversationId,
      typeof range.start === 'number' ? range.start : range.start.session,
      range.end ?? '',
      range.order,
      range.maxEvents,
      range.maxBytes,
      ...(known ? [known.place.position, known.place.check, known.sequence] : ['', '', '']),
      ...more,
    ]);
    // The server turned out to have another store.
    if (epoch !== partitions.identity.epoch) return readBy(script, conversationId, range, more);
    if (!answer) return emptyPage;
    if (typeof answer === 'number') return answer;
    const [head, start, next, continued, position, check, ...events] = answer;
    const conversation = conversationOf(conversationId, partition, head);
    const moment = { epoch, place: { position, check } };
    return {
      conversation,
      start,
      moment,
      continued: continued === 1,
      ...cut(events, conversation, range, next),
    };
  }

  async function conversation(conversationId: string): Promise<Conversation | undefined> {
    const partition = partitionFor(conversationId);
    const head = await runner.run<string | null>(partition, scripts.conversation, [conversationId]);
    return head === null ? undefined : conversationOf(conversationId, partition, head);
  }

  async function list(prefix: string, after: string, limit: number): Promise<readonly Conversation[]> {
    const from = laterKey(prefix, after) === after ? `(${after}` : `[${prefix}`;
    const found = await Promise.all(
      Array.from({ length: count }, (_, partition) => listPartition(partition, prefix, from, limit)),
    );
    return found
      .flat()
      .sort((a, b) => compareBytes(a.conversationId, b.conversationId))
      .slice(0, limit);
  }

  async function listPartition(
    partition: number,
    prefix: string,
    start: string,
    limit: number,
  ): Promise<readonly Conversation[]> {
    const found: Conversation[] = [];
    for (let from = start; ; ) {
      const [last, ...heads] = await runner.run<string[]>(partition, scripts.list, [from, prefix, limit]);
      for (let i = 0; i < heads.length; i += 2) {
        found.push(conversationOf(heads[i]!, partition, heads[i + 1]!));
      }
      if (last === '' || found.length >= limit) return found;
      from = `(${last}`;
    }
  }

  async function erase(erasure: NewErasure): Promise<EraseOutcome> {
    const { conversationId, requestId, digest, kind } = erasure;
    const partition = partitionFor(conversationId);
    const what = [conversationId, requestId, digest, kind, ...namedBy(erasure)];
    const answer = await runner.run<EraseReply>(partition, scripts.erase, what);
    const [status, number, line] = answer;
    if (status === 'missing') return { status };
    if (status === 'conflict' || status === 'not_reached') return { status, lastSequence: number };
    if (status === 'erased' && number > 0) hints.tell(partition);
    return { status, result: { partition, position: number, ranges: rangesOf(line) } };
  }

  async function scrub(limit: number, before: Micros): Promise<boolean> {
    let room = limit;
    let isMore = false;
    const step = async (partition: number, script: Script, ...args: readonly number[]) => {
      const some = Math.min(room, maxUpkeep);
      const answer = await runner.run<[number, number, number?]>(partition, script, [some, ...args]);
      const [done, more, expired = 0] = answer;
      room -= done;
      isMore ||= more === 1;
      if (expired > 0) hints.tell(partition);
    };
    for (let partition = 0; partition < count; partition++) {
      if (retention !== undefined) {
        if (room <= 0) return true;
        await step(partition, scripts.expireConversations);
      }
      if (room <= 0) return true;
      await step(partition, scripts.scrub, before, erasureRetention);
    }
    return isMore;
  }

  return {
    get storeId() {
      return partitions.identity.storeId;
    },
    partitions: count,
    append: appender(serve(appending.runner), count, appending.settling, hints),
    // A node of a cluster that doesn't answer is not to hold up what is on others.
    ...(isCluster && { laneOf: partitionFor }),
    read,
    readFenced,
    readLog: (partition, after, limit) =>
      readPage(runner, () => partitions.identity.epoch, partition, after, limit),
    findPlace: async (partition, time): Promise<Place> => {
      const [position, check] = await runner.run<[number, string]>(partition, scripts.findPlace, [time]);
      return { position, check };
    },
    conversation,
    listConversations: list,
    erase,
    scrub,
    trim: async (partition, position) => {
      await runner.run(partition, scripts.trim, [position]);
    },
    onAppend: (wake) => hints.listen(count, wake),
  };
}

/** Runs scripts with an argument before those that they are given. */
function withFirst(runner: PartitionRunner, first: Argument): PartitionRunner {
  return { run: (partition, script, args) => runner.run(partition, script, [first, ...args]) };
}

/** Of each event its sequence, position, storing time, append id and text. */
type ReadReply = readonly [
  head: string,
  start: number,
  next: number,
  continued: number,
  position: number,
  check: string,
  ...events: (number | string)[],
];

/** Ends a page where its room does; the script does not know what an event takes on the wire. */
function cut(
  reply: readonly (number | string)[],
  { conversationId, partition }: Conversation,
  { maxEvents, maxBytes }: ReadRange,
  next: number,
): Pick<ConversationPage, 'events' | 'next'> {
  const events: RecordedEvent[] = [];
  let bytes = 0;
  for (let i = 0; i < reply.length; i += 5) {
    const [sequence, position, storeTime] = reply.slice(i, i + 3) as number[];
    const [appendId, text] = reply.slice(i + 3, i + 5) as string[];
    const placed = { conversationId, sequence, partition, position, storeTime, appendId };
    const event = eventOf(text!, placed as RecordedEvent);
    bytes += eventBytes(event);
    const isFull = events.length >= maxEvents || bytes > maxBytes;
    if (isFull && events.length > 0) return { events, next: event.sequence };
    events.push(event);
  }
  return { events, next: next === 0 ? undefined : next };
}

type EraseReply =
  | readonly [status: 'erased' | 'repeated' | 'request_id_reused', position: number, line: string]
  | readonly [status: 'conflict' | 'not_reached', lastSequence: number, line: never]
  | readonly [status: 'missing', number: never, line: never];

function namedBy(erasure: NewErasure): readonly (number | string)[] {
  switch (erasure.kind) {
    case 'delete':
      return [erasure.expectedSequence ?? ''];
    case 'redact':
      return erasure.sequences;
    case 'truncate':
      return [erasure.firstKept];
  }
}
