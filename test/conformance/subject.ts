import type { Boundary, Expectation, SequenceRange } from '#src/storage/ports/tracker.js';
import type { Placed, SeenEvent, SentEvent } from './observations.js';

/*
 * What a history is played on: the ports of a backend, or a process behind gRPC. Outcomes are put into words
 * that both have.
 */

export interface AppendCall {
  readonly conversationId: string;
  readonly appendId: string;
  readonly events: readonly SentEvent[];
  readonly expectation: Expectation;
  readonly fence: number | undefined;
}

export type AppendAnswer =
  | { readonly status: 'stored' | 'repeated' | 'append_id_reused'; readonly placed: Placed }
  | { readonly status: 'fence_stale'; readonly highestFence: number }
  | { readonly status: 'conflict'; readonly actual: number };

export interface EraseCall {
  readonly conversationId: string;
  readonly requestId: string;
  readonly what:
    | { readonly kind: 'delete'; readonly expectedSequence: number | undefined }
    | { readonly kind: 'redact'; readonly sequences: readonly number[] }
    | { readonly kind: 'truncate'; readonly firstKept: number };
}

export type EraseAnswer =
  | { readonly status: 'done'; readonly position: number; readonly ranges: readonly SequenceRange[] }
  | { readonly status: 'request_id_reused' | 'conflict' | 'not_reached' | 'missing' };

export interface Life {
  readonly conversationId: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly highestFence: number | undefined;
}

export interface ReadCall {
  readonly conversationId: string;
  readonly first: number;
  readonly last: number | undefined;
  readonly newestFirst: boolean;
  readonly pageSize: number;
}

/** What a reader keeps of a conversation: the current session, or all of them where no boundary is named. */
export interface Kept {
  readonly conversationId: string;
  readonly boundary: Boundary | undefined;
}

/** What is new to a reader, or all of it, and the revision to ask with the next time. */
export interface News {
  readonly start: number;
  readonly events: readonly SeenEvent[];
  readonly revision: string;
  readonly continued: boolean;
}

/** Which part of the feed a reader wants. */
export interface Wanted {
  readonly prefix: string;
  readonly types: readonly string[];
}

export type Shown =
  | { readonly kind: 'events'; readonly events: readonly SeenEvent[] }
  | { readonly kind: 'erased'; readonly conversationId: string; readonly ranges: readonly SequenceRange[] };

/** What a reader was shown until it stopped, each item with its cursor, and where it would go on. */
export interface Followed {
  readonly shown: readonly { readonly item: Shown; readonly cursor: string }[];
  readonly caughtUp: boolean;
  readonly cursor: string;
}

export interface Subject {
  append(calls: readonly AppendCall[]): Promise<readonly AppendAnswer[]>;
  raiseFence(conversationId: string, fence: number): Promise<number | undefined>;
  erase(call: EraseCall): Promise<EraseAnswer>;
  /** All pages of a range, put together. */
  read(call: ReadCall): Promise<readonly SeenEvent[]>;
  session(
    conversationId: string,
    boundary: Boundary,
  ): Promise<{ start: number; events: readonly SeenEvent[] }>;
  /** Reads what came behind a revision, '' for none. */
  readOn(kept: Kept, revision: string): Promise<News>;
  lives(prefix: string, pageSize: number): Promise<readonly Life[]>;
  life(conversationId: string): Promise<Life | undefined>;
  /** Reads the feed from a cursor, or the beginning, to its end or until so many items were shown. */
  follow(wanted: Wanted, cursor: string | undefined, maxItems: number): Promise<Followed>;
  scrub(limit: number): Promise<void>;
  /** Closes and opens again; does nothing where that would begin anew. */
  reopen(): Promise<void>;
}
