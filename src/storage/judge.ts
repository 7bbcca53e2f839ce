import type {
  AppendOutcome,
  AppendResult,
  EraseOutcome,
  ErasureResult,
  Expectation,
  NewErasure,
} from './ports/tracker.js';

/** What an append is judged by, besides its id. */
export interface Standing {
  /** The last sequence given in the conversation, across lives; 0 before any. */
  readonly lastSequence: number;
  /** Whether the present life has had events. */
  readonly exists: boolean;
  /** The highest fence accepted, undefined before any. */
  readonly highestFence: number | undefined;
}

/** What an id was used for before. */
export interface Prior<Result> {
  readonly digest: string;
  readonly result: Result;
}

interface Judged {
  readonly digest: string;
  readonly fence: number | undefined;
  readonly expectation: Expectation;
}

/** Decides about an append: a refusal or a repeat, or undefined where it is to be stored. */
export function judgeAppend(
  append: Judged,
  standing: Standing,
  prior: Prior<AppendResult> | undefined,
): Exclude<AppendOutcome, { status: 'stored' }> | undefined {
  if (prior) {
    return { status: prior.digest === append.digest ? 'repeated' : 'append_id_reused', result: prior.result };
  }
  if (isStale(append.fence, standing)) {
    return { status: 'fence_stale', highestFence: standing.highestFence! };
  }
  if (!holds(append.expectation, standing)) {
    return { status: 'conflict', lastSequence: standing.lastSequence, exists: standing.exists };
  }
  return undefined;
}

/** Decides about an erasure: a refusal or a repeat, or undefined where it is to be written. */
export function judgeErasure(
  erasure: NewErasure,
  standing: Pick<Standing, 'lastSequence' | 'exists'>,
  prior: Prior<ErasureResult> | undefined,
): Exclude<EraseOutcome, { status: 'erased' }> | undefined {
  if (prior) {
    return {
      status: prior.digest === erasure.digest ? 'repeated' : 'request_id_reused',
      result: prior.result,
    };
  }
  const { exists, lastSequence } = standing;
  if (!exists) return { status: 'missing' };
  switch (erasure.kind) {
    case 'delete':
      return (erasure.expectedSequence ?? lastSequence) === lastSequence
        ? undefined
        : { status: 'conflict', lastSequence };
    case 'redact':
      return (erasure.sequences.at(-1) ?? 0) > lastSequence
        ? { status: 'not_reached', lastSequence }
        : undefined;
    case 'truncate':
      return erasure.firstKept > lastSequence + 1 ? { status: 'not_reached', lastSequence } : undefined;
  }
}

/** Whether a fence is lower than one accepted before. */
export function isStale(fence: number | undefined, standing: Pick<Standing, 'highestFence'>): boolean {
  return fence !== undefined && standing.highestFence !== undefined && fence < standing.highestFence;
}

function holds(expectation: Expectation, standing: Standing): boolean {
  switch (expectation) {
    case 'any':
      return true;
    case 'no_events':
      return !standing.exists;
    case 'has_events':
      return standing.exists;
    default:
      return expectation === (standing.exists ? standing.lastSequence : 0);
  }
}
