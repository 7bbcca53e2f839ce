import { appender } from './append.js';
import { Changer } from './changer.js';
import type { Change, Changed } from './changes.js';
import { connect, transact } from './connection.js';
import { entryWriter } from './entries.js';
import { eraser } from './erase.js';
import { fenceRaiser } from './fence.js';
import { Heads } from './heads.js';
import type { Operations, WriterData } from './protocol.js';
import { recordWriter } from './records.js';
import { scrubber } from './scrub.js';
import { trimmer } from './trim.js';

/**
 * Every commit is flushed to the disk. The write-ahead log is moved into the file every 16 MiB. What is erased
 * is overwritten.
 */
const pragmas = `
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -8192;
  PRAGMA secure_delete = ON;`;

/** How much of what has run out is ended in one transaction before others have their turn. */
const maxEnded = 500;

/** Opens the connection that all writes go through; there must be only one. */
export function openOperations({ path, partitions, dedupWindow }: WriterData): Operations {
  const database = connect(path);
  database.exec(pragmas);
  const heads = new Heads(database);
  const append = appender(database, heads, partitions);
  const raiseFence = fenceRaiser(database, partitions);
  const erase = eraser(database, heads, partitions);
  const scrub = scrubber(database, heads);
  const trim = trimmer(database, heads);
  const entries = entryWriter(database);
  const records = recordWriter(database);
  const changer = new Changer(database, dedupWindow);

  function commit<Result>(work: () => Result): Result {
    try {
      return transact(database, () => {
        const result = work();
        heads.save();
        changer.save();
        return result;
      });
    } catch (error) {
      heads.load();
      changer.load();
      throw error;
    }
  }

  /** Most often there is little that has run out, which is ended in the same transaction. */
  function change(changes: readonly Change[]): Changed {
    const [first] = changes;
    for (;;) {
      const outcomes = commit(() =>
        first && changer.prepare(first, maxEnded) ? undefined : changes.map((one) => changer.carryOut(one)),
      );
      changer.notices.save();
      if (outcomes) return { outcomes, noticed: changer.notices.take() };
    }
  }

  return {
    append: (appends) => commit(() => appends.map(append)),
    raiseFence: (conversationId, fence) => commit(() => raiseFence(conversationId, fence, Date.now() * 1000)),
    erase: (erasure) => commit(() => erase(erasure)),
    scrub: (limit, before) => commit(() => scrub(limit, before)),
    trim: (partition, position) => commit(() => trim(partition, position)),
    writeEntries: (writes) => commit(() => writes.map(({ write, now }) => entries.write(write, now))),
    clearEntries: (prefix, after, limit, now) => commit(() => entries.clear(prefix, after, limit, now)),
    sweepEntries: (limit, now) => commit(() => entries.sweep(limit, now)),
    writeRecords: (writes) => commit(() => writes.map(({ write, now }) => records.write(write, now))),
    clearRecords: (prefix, after, limit) => commit(() => records.clear(prefix, after, limit)),
    sweepRecords: (limit, now) => commit(() => records.sweep(limit, now)),
    change,
    ping: () => {},
    close: () => {
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch {
        // On a full disk the commits stay in the write-ahead log; the next start finds them there.
      }
      database.close();
    },
  };
}
