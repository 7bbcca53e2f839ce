import { TracksideError } from '../../errors.js';
import type { Backend, OpenOptions } from '../ports/backend.js';
import { openCache } from './cache.js';
import { ChangeGroup } from './change-group.js';
import { connect, type Database } from './connection.js';
import { translated } from './errors.js';
import { locate, prepareFile } from './file.js';
import { lockFile } from './file-lock.js';
import { openLock } from './lock.js';
import { openQueue } from './queue.js';
import { openRecord } from './record.js';
import { openTracker } from './tracker.js';
import { Writer } from './writer.js';

export { locate };

/** How long a done message's dedup id is refused where nothing else is said, in microseconds. */
const defaultDedupWindow = 300_000_000;

/** Opens the file at a path, made where there is none, and serves it alone until it is disposed of. */
export async function open(location: string, options: OpenOptions): Promise<Backend> {
  if (options.retention !== undefined) {
    throw new TracksideError(
      'INVALID_REQUEST',
      'tracker.retention: SQLite keeps conversations for good; leave it unset, or keep them on Redis or in memory',
    );
  }
  const path = locate(location);
  const lock = translated(() => lockFile(path));
  try {
    const identity = translated(() => prepareFile(path, options.partitions));
    const dedupWindow = options.dedupWindow ?? defaultDedupWindow;
    const writer = new Writer({ path, partitions: identity.partitions, dedupWindow });
    const reader = await openReader(path, writer);
    const group = new ChangeGroup(reader, writer);
    return {
      tracker: openTracker(reader, writer, identity),
      cache: openCache(reader, writer),
      record: openRecord(reader, writer),
      lock: openLock(reader, group),
      queue: openQueue(reader, group),
      describe: async () => ({
        engine: 'sqlite',
        location: path,
        durability: 'each commit flushed to disk (WAL, synchronous=FULL)',
      }),
      ping: () => writer.request('ping'),
      [Symbol.asyncDispose]: async () => {
        if (!reader.isOpen) return;
        reader.close();
        await writer.close().finally(() => lock.release());
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openReader(path: string, writer: Writer): Promise<Database> {
  try {
    await writer.request('ping');
    return translated(() => {
      const reader = connect(path, { readOnly: true });
      reader.exec('PRAGMA cache_size = -4096');
      return reader;
    });
  } catch (error) {
    await writer.close().catch(() => {});
    throw error;
  }
}
