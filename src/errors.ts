/**
 * The closed list of what a client can tell apart when a call fails. `rpc/errors.ts` maps each reason to
 * its gRPC status; nothing else knows both.
 */
export type Reason =
  /** A field of the request is missing, malformed or out of range; the violations name it. */
  | 'INVALID_REQUEST'
  /** The expectation of an append, or the condition of a record's write, does not hold. Metadata: expected, actual. */
  | 'VERSION_CONFLICT'
  /** The fence is lower than one accepted before. Metadata: fence, highest_fence. */
  | 'FENCE_STALE'
  /** The append id was used before, for other events. Metadata: the first result. */
  | 'APPEND_ID_REUSED'
  /** The request id was used before, for another request. Metadata: request_id, an erasure's first result. */
  | 'REQUEST_ID_REUSED'
  /** No conversation of that id, or it was deleted. */
  | 'CONVERSATION_NOT_FOUND'
  /** The key has no record. Metadata: key. */
  | 'KEY_NOT_FOUND'
  /** The key, or the lock's holding, is of a kind that the call isn't for. Metadata: kind, and key or lock_id. */
  | 'WRONG_KIND'
  /** The lock is held, or waited for, and not to wait was asked for. Metadata: lock_id, fence, owner, waiting. */
  | 'LOCK_TAKEN'
  /** A lock's holding, or a message's claim, is over. Metadata: lock_id and fence, or receipt; cause, end_time. */
  | 'LEASE_LOST'
  /** Messages with a group need queues and locks on the same store. */
  | 'GROUPS_UNAVAILABLE'
  /** A sum does not fit into 64 bits. Nothing was written. */
  | 'NUMBER_OUT_OF_RANGE'
  /** A health check names a service that isn't served. */
  | 'SERVICE_NOT_FOUND'
  /** The request, or an answer it asks for, is larger than a limit. Nothing was written. Metadata: limit. */
  | 'TOO_LARGE'
  /** More work is waiting than the sidecar's limits allow. Nothing was written. */
  | 'OVERLOADED'
  /** The sidecar is stopping. */
  | 'SHUTTING_DOWN'
  /** The store can't be reached or failed; whether a write took effect is unknown, a retry finds out. */
  | 'STORE_UNAVAILABLE'
  /** The store has no room left. Nothing was written; of several messages those before, which metadata `pushed` counts. */
  | 'STORE_FULL'
  /** The client gave up, or its deadline passed; whether a write took effect is unknown, a retry finds out. */
  | 'CANCELLED'
  /** A defect of the sidecar. */
  | 'INTERNAL';

/** A request field that is wrong: its path in the request, and what to do about it. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** A failure that the client is told about. Its message is for people; its reason and metadata for programs. */
export class TracksideError extends Error {
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];

  constructor(
    reason: Reason,
    message: string,
    options: {
      readonly metadata?: Readonly<Record<string, string>>;
      readonly violations?: readonly Violation[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'TracksideError';
    this.reason = reason;
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
  }
}

/** An INVALID_REQUEST about one field. */
export function invalid(field: string, description: string): TracksideError {
  return new TracksideError('INVALID_REQUEST', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}

/** An OVERLOADED about a limit that is reached: "10 streams are open". */
export function tooMany(what: string, limit: string, max: number): TracksideError {
  return new TracksideError('OVERLOADED', `${max} ${what} already (limits.${limit}); try again later`, {
    metadata: { limit, max: `${max}` },
  });
}

export function shuttingDown(): TracksideError {
  return new TracksideError('SHUTTING_DOWN', 'the sidecar is stopping; try again, with the same request_id');
}
