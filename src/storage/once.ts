import type { EntryOutcome } from './ports/cache.js';
import type { Micros, RequestMark } from './ports/common.js';
import type { RecordOutcome } from './ports/record.js';

/** How long a request is remembered, while there is room. */
export const requestWindow: Micros = 24 * 3_600_000_000;
/** How many requests are remembered. */
export const maxRequests = 65_536;

/** The requests that were carried out before. */
export interface Requests {
  /** Finds one that is not older than the window. */
  find(id: string, now: Micros): { readonly digest: string; readonly result: unknown } | undefined;
  /** Remembers one, and forgets what is too much. */
  add(mark: RequestMark, result: unknown, now: Micros): void;
}

/** Carries out what bears an id once: a repeat gets the first result. What changed nothing is not remembered. */
export function once<Outcome extends EntryOutcome | RecordOutcome>(
  requests: Requests,
  mark: RequestMark | undefined,
  now: Micros,
  work: () => Outcome,
): Outcome {
  if (!mark) return work();
  const prior = requests.find(mark.id, now);
  if (prior) {
    if (prior.digest !== mark.digest) return { status: 'request_id_reused' } as Outcome;
    return { status: 'repeated', result: prior.result } as Outcome;
  }
  const outcome = work();
  if (outcome.status === 'done' && outcome.result.applied) requests.add(mark, outcome.result, now);
  return outcome;
}
