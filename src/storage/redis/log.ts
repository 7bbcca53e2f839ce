import type { LogEntry, LogLimit, LogPage } from '../ports/tracker.js';
import { entryBytes } from '../size.js';
import { type EntryReply, entryOf } from './codec.js';
import type { PartitionRunner } from './partitions.js';
import { scripts } from './scripts.js';

type Reply = readonly [
  trimmed: number,
  trimmedCheck: string,
  forgotten: number,
  end: number,
  endCheck: string,
  check: string | null,
  ...entries: EntryReply[],
];

/** Reads a page of a partition's log, in one script. */
export async function readPage(
  runner: PartitionRunner,
  epoch: () => string,
  partition: number,
  after: number,
  limit: LogLimit,
): Promise<LogPage> {
  const { maxEvents, maxBytes } = limit;
  const reply = await runner.run<Reply>(partition, scripts.readLog, [after, maxEvents, maxBytes]);
  const [trimmed, trimmedCheck, forgotten, end, endCheck, check, ...entries] = reply;
  return {
    epoch: epoch(),
    trimmed: { position: trimmed, check: trimmedCheck },
    forgotten,
    end: { position: end, check: endCheck },
    check: check ?? undefined,
    entries: cut(entries, partition, maxBytes),
  };
}

/** Ends a page where its room does; the script does not know what an entry takes on the wire. */
function cut(replies: readonly EntryReply[], partition: number, maxBytes: number): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  let bytes = 0;
  for (const reply of replies) {
    const entry = entryOf(reply, partition);
    bytes += entryBytes(entry);
    if (entries.length > 0 && bytes > maxBytes) break;
    entries.push(entry);
  }
  return entries;
}
