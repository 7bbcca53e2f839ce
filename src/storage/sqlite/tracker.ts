import { isStale } from '../judge.js';
import type { FenceOutcome, ReadRange, TrackerStore } from '../ports/tracker.js';
import { type Database, prepareAll, snapshot } from './connection.js';
import { translated } from './errors.js';
import type { Identity } from './file.js';
import { logReader } from './log.js';
import { conversationReader } from './read.js';
import type { Writer } from './writer.js';

const sql = { fence: 'SELECT fence, fence_time FROM conversations WHERE id = ?' } as const;

/**
 * The tracker on SQLite: writes go through the write thread, reads through a connection of their own on this
 * one. A read that is begun after a write was answered sees it.
 */
export function openTracker(
  reader: Database,
  writer: Writer,
  { storeId, epoch, partitions }: Identity,
): TrackerStore {
  const log = logReader(reader, epoch);
  const conversations = conversationReader(reader, log);
  const statements = prepareAll(reader, sql);
  const reading = async <Result>(read: () => Result): Promise<Result> =>
    translated(() => snapshot(reader, read));
  const read = (conversationId: string, range: ReadRange) =>
    reading(() => conversations.read(conversationId, range));

  /** What a fence meets where nothing has to be written for it; undefined where something has. */
  function compareFence(conversationId: string, fence: number): FenceOutcome | undefined {
    const row = statements.fence.get(conversationId);
    const highestFence: number | undefined = row?.fence ?? undefined;
    if (isStale(fence, { highestFence })) return { status: 'fence_stale', highestFence: highestFence! };
    return fence === highestFence && row.fence_time === null ? { status: 'accepted' } : undefined;
  }

  return {
    storeId,
    partitions,
    append: (appends) => writer.request('append', appends),
    read,
    readFenced: async (conversationId, fence, range) => {
      const outcome =
        (await reading(() => compareFence(conversationId, fence))) ??
        (await writer.request('raiseFence', conversationId, fence));
      if (outcome.status === 'fence_stale') return outcome;
      return { ...outcome, page: await read(conversationId, range) };
    },
    readLog: (partition, after, limit) => reading(() => log.readLog(partition, after, limit)),
    findPlace: (partition, time) => reading(() => log.findPlace(partition, time)),
    conversation: (conversationId) => reading(() => conversations.conversation(conversationId)),
    listConversations: (prefix, after, limit) => reading(() => conversations.list(prefix, after, limit)),
    erase: (erasure) => writer.request('erase', erasure),
    scrub: (limit, before) => writer.request('scrub', limit, before),
    trim: (partition, position) => writer.request('trim', partition, position),
  };
}
