import type { AppendOutcome, EraseOutcome, FenceOutcome, Micros, NewAppend, NewErasure } from '../ports.js';
import type { Failure } from './errors.js';

/** What the write thread does: each operation is one transaction. */
export interface Operations {
  append(appends: readonly NewAppend[]): readonly AppendOutcome[];
  raiseFence(conversationId: string, fence: number): FenceOutcome;
  erase(erasure: NewErasure): EraseOutcome;
  scrub(limit: number, before: Micros): boolean;
  trim(partition: number, position: number): void;
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
}
