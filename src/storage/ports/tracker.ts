import type { Micros } from './common.js';

/** How safe a write is when it is answered (DESIGN: Durable). */
export type Durability = 'replicated' | 'persisted' | 'journaled' | 'volatile';

/** What begins a session. */
export type Boundary = 'action_session_start' | 'session_started';

/**
 * A place in a partition's log: the end of an entry, with the check that was fixed there when it was written.
 * Position 0 with an empty check is the log's beginning.
 */
export interface Place {
  readonly position: number;
  readonly check: string;
}

export interface NewEvent {
  readonly type: string;
  /** Empty for none. */
  readonly name: string;
  /** Undefined for the time of storing. */
  readonly eventTime: Micros | undefined;
  /** A JSON object's text, kept to the letter. */
  readonly data: string;
  /** Empty for none. */
  readonly metadata: string;
}

export interface RecordedEvent {
  readonly conversationId: string;
  readonly sequence: number;
  readonly partition: number;
  readonly position: number;
  readonly type: string;
  readonly name: string;
  readonly eventTime: Micros;
  readonly storeTime: Micros;
  readonly data: string;
  readonly metadata: string;
  readonly appendId: string;
}

/** What an append expects of its conversation; a number is the last event's sequence, 0 where it has no events. */
export type Expectation = 'any' | 'no_events' | 'has_events' | number;

export interface NewAppend {
  readonly conversationId: string;
  readonly appendId: string;
  /** Tells two appends of one id apart; see tracker/digest.ts. */
  readonly digest: string;
  readonly expectation: Expectation;
  readonly fence: number | undefined;
  /** At least one. */
  readonly events: readonly NewEvent[];
}

/** Where an append's events are. */
export interface AppendResult {
  readonly partition: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly storeTime: Micros;
  readonly durability: Durability;
}

export type AppendOutcome =
  | { readonly status: 'stored'; readonly result: AppendResult }
  /** The id was accepted before, with the same digest. */
  | { readonly status: 'repeated'; readonly result: AppendResult }
  /** The id was accepted before, with another digest. */
  | { readonly status: 'append_id_reused'; readonly result: AppendResult }
  | { readonly status: 'fence_stale'; readonly highestFence: number }
  | { readonly status: 'conflict'; readonly lastSequence: number; readonly exists: boolean };

/** What a fence meets: it becomes the lowest accepted, or a higher one came before. */
export type FenceOutcome =
  | { readonly status: 'accepted' }
  | { readonly status: 'fence_stale'; readonly highestFence: number };

export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/** A conversation that has had events in its present life. */
export interface Conversation {
  readonly conversationId: string;
  readonly partition: number;
  /** Names the present life: the position of the last deletion, 0 before any. */
  readonly life: number;
  /** The lowest sequence of this life that is not truncated away. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly createTime: Micros;
  readonly updateTime: Micros;
  /** Undefined where none was ever accepted. */
  readonly highestFence: number | undefined;
}

/** When something was read, in terms of the log: where its history ended. */
export interface Moment {
  readonly epoch: string;
  readonly place: Place;
}

/** What a reader has: a range of a conversation up to a sequence, as it was read at a moment. */
export interface Known extends Moment {
  readonly sequence: number;
}

/** Which events of a conversation to read. */
export interface ReadRange {
  /** The lowest sequence, or the current session's first. */
  readonly start: number | { readonly session: Boundary };
  /** The highest sequence; undefined for the conversation's last. */
  readonly end: number | undefined;
  readonly order: 'oldest_first' | 'newest_first';
  /** At least one event is read where there is one, however large. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Only what is behind its sequence is read where it still holds (storage/known.ts); undefined for none. */
  readonly known?: Known | undefined;
}

/** A page of a conversation, read in one snapshot. */
export interface ConversationPage {
  /** Undefined where the conversation has no events in its present life. */
  readonly conversation: Conversation | undefined;
  /** The lowest sequence of the range that was asked for, its session resolved. */
  readonly start: number;
  /** In the order asked for, without what is erased. */
  readonly events: readonly RecordedEvent[];
  /** The sequence to go on at, undefined where the range is done. */
  readonly next: number | undefined;
  /** Undefined where there is no conversation. */
  readonly moment: Moment | undefined;
  /** Whether what was known still holds; then `start` is the range's all the same. */
  readonly continued: boolean;
}

/** What a fence reads that was accepted. */
export type FencedPage =
  | { readonly status: 'accepted'; readonly page: ConversationPage }
  | Exclude<FenceOutcome, { status: 'accepted' }>;

interface ErasureTarget {
  readonly conversationId: string;
  /** Names the erasure in its conversation, across lives. */
  readonly requestId: string;
  /** Tells two erasures of one id apart. */
  readonly digest: string;
}

export type NewErasure = ErasureTarget &
  (
    | { readonly kind: 'delete'; readonly expectedSequence: number | undefined }
    /** Sequences the conversation has reached, ascending; erased ones are passed over. */
    | { readonly kind: 'redact'; readonly sequences: readonly number[] }
    /** Everything below `firstKept`, which is at most one behind the last sequence. */
    | { readonly kind: 'truncate'; readonly firstKept: number }
  );

/** The entry that makes an erasure; without ranges, and at position 0, where there was nothing to erase. */
export interface ErasureResult {
  readonly partition: number;
  readonly position: number;
  readonly ranges: readonly SequenceRange[];
}

export type EraseOutcome =
  | { readonly status: 'erased'; readonly result: ErasureResult }
  | { readonly status: 'repeated'; readonly result: ErasureResult }
  | { readonly status: 'request_id_reused'; readonly result: ErasureResult }
  | { readonly status: 'conflict'; readonly lastSequence: number }
  /** A named sequence is behind the last one. */
  | { readonly status: 'not_reached'; readonly lastSequence: number }
  | { readonly status: 'missing' };

interface Entry extends Place {
  /** The entry's first position; its last is `position`. */
  readonly first: number;
}

/** An append in the log. Events that were erased since are left out of `events`, not out of the positions. */
export interface AppendEntry extends Entry {
  readonly kind: 'append';
  readonly conversationId: string;
  readonly events: readonly RecordedEvent[];
}

/** A deletion, redaction or truncation in the log. */
export interface ErasureEntry extends Entry {
  readonly kind: 'erasure';
  readonly conversationId: string;
  readonly ranges: readonly SequenceRange[];
  readonly deleted: boolean;
}

export type LogEntry = AppendEntry | ErasureEntry;

/** A stretch of a partition's log, dense: each entry begins one behind the position where the one before ends. */
export interface LogPage {
  readonly epoch: string;
  /** The last place that was trimmed away; the log's beginning where nothing was. */
  readonly trimmed: Place;
  /**
   * The position of the last erasure whose entry the log has forgotten, 0 where none. Who stood before it then was
   * not told of it; who begins later need not be.
   */
  readonly forgotten: number;
  /** The log's end. */
  readonly end: Place;
  /** The check at the place asked for; undefined where no entry ends there any more, or yet. */
  readonly check: string | undefined;
  readonly entries: readonly LogEntry[];
}

export interface LogLimit {
  /** At least one entry is read where there is one. */
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * Conversations as one log per partition, in which an entry's position says when it took effect.
 *
 * A conversation expires where its last append is older than the store's retention: from then on no method shows it,
 * and it is to every one as if deleted. Its erasure's entry is written by `scrub`, or by a write that meets it.
 */
export interface TrackerStore {
  readonly storeId: string;
  readonly partitions: number;

  /**
   * Appends each all or none, judged in array order, each seeing those before it: dedupe, then fence, then
   * expectation (storage/judge.ts), then sequences and positions, dense and adjacent. Outcomes are in array
   * order. Once a reader was shown a position, nothing may appear below it.
   */
  append(appends: readonly NewAppend[]): Promise<readonly AppendOutcome[]>;

  /**
   * The lane of a conversation, where appends to some are not to wait for those to others, or to fail with them: only
   * appends of one lane are given to `append` together. All are of one where this is missing.
   */
  laneOf?(conversationId: string): number;

  /** Reads events of one conversation. The cost does not depend on what is outside the range. */
  read(conversationId: string, range: ReadRange): Promise<ConversationPage>;

  /**
   * Makes a fence the lowest that the conversation accepts, and reads behind that. The fence lasts at least 24 h where
   * no event follows.
   */
  readFenced(conversationId: string, fence: number, range: ReadRange): Promise<FencedPage>;

  /** Reads entries behind `after`, oldest first. Never waits for more. */
  readLog(partition: number, after: number, limit: LogLimit): Promise<LogPage>;

  /** The place before the first entry that was stored at or after `time`; the end where none was. */
  findPlace(partition: number, time: Micros): Promise<Place>;

  conversation(conversationId: string): Promise<Conversation | undefined>;

  /** Conversations with events in their present life, ids ascending by bytes, behind `after` (exclusive). */
  listConversations(prefix: string, after: string, limit: number): Promise<readonly Conversation[]>;

  /** Writes the erasure's entry; from then on every read hides what it names. `scrub` removes the content. */
  erase(erasure: NewErasure): Promise<EraseOutcome>;

  /**
   * Erases conversations that have expired, removes the content of erased events, and forgets conversations that had
   * none, and no fence either, since `before`: at most about `limit` things. True where more is left to do.
   */
  scrub(limit: number, before: Micros): Promise<boolean>;

  /** Ends the history that the feed can show at a place: the end of an entry. Conversations keep their events. */
  trim(partition: number, position: number): Promise<void>;

  /** Calls back, at some later time, after entries that this process did not write; only a hint. */
  onAppend?(wake: (partition: number) => void): Promise<AsyncDisposable>;
}
