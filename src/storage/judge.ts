import type { AppendOutcome, AppendResult, EraseOutcome, ErasureResult, Expectation } from './ports.js';

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

/** Decides about a repeat of an erasure, undefined where its id is new. */
export function judgeErasure(
  digest: string,
  prior: Prior<ErasureResult> | undefined,
): Extract<EraseOutcome, { result: ErasureResult }> | undefined {
  if (!prior) return undefined;
  return { status: prior.digest === digest ? 'repeated' : 'request_id_reused', result: prior.result };
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
      return expectation === standing.lastSequence;
  }
}
