import type { EntryOutcome, EntryWrite } from '../ports/cache.js';
import type { Micros } from '../ports/common.js';
import type { ClearStep } from '../ports/keyed.js';
import type { RecordOutcome, RecordWrite } from '../ports/record.js';
import type { AppendOutcome, EraseOutcome, FenceOutcome, NewAppend, NewErasure } from '../ports/tracker.js';
import type { Change, Changed } from './changes.js';
import type { Failure } from './errors.js';

/** A write with the time by which it is judged. */
export interface Timed<Write> {
  readonly write: Write;
  readonly now: Micros;
}

/** What the write thread does: each operation is one transaction. */
export interface Operations {
  append(appends: readonly NewAppend[]): readonly AppendOutcome[];
  raiseFence(conversationId: string, fence: number): FenceOutcome;
  erase(erasure: NewErasure): EraseOutcome;
  scrub(limit: number, before: Micros): boolean;
  trim(partition: number, position: number): void;
  writeEntries(writes: readonly Timed<EntryWrite>[]): readonly EntryOutcome[];
  clearEntries(prefix: string, after: string, limit: number, now: Micros): ClearStep;
  sweepEntries(limit: number, now: Micros): boolean;
  writeRecords(writes: readonly Timed<RecordWrite>[]): readonly RecordOutcome[];
  clearRecords(prefix: string, after: string, limit: number): ClearStep;
  sweepRecords(limit: number, now: Micros): boolean;
  /** Changes locks and queues: all in one transaction, but for what had run out before. */
  change(changes: readonly Change[]): Changed;
  /** Does nothing, behind what was asked for before. */
  ping(): void;
  /** Moves the write-ahead log into the file and closes it; the thread then ends. */
  close(): void;
}

export interface Request {
  readonly id: number;
  readonly operation: keyof Operations;
  readonly arguments: readonly unknown[];
}

/** The answer to a request. */
export type Response =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure };

/** What the write thread is started with. */
export interface WriterData {
  readonly path: string;
  readonly partitions: number;
  /** How long a dedup id is refused after its message was done. */
  readonly dedupWindow: Micros;
}
