import type { Micros, RequestMark } from './ports/common.js';

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

/** Any outcome that takes in a OnceOutcome; a result that has an `applied` of false tells that nothing changed. */
interface Outcome {
  readonly status: string;
  readonly result?: object;
}

/** Carries out what bears an id once: a repeat gets the first result. What changed nothing is not remembered. */
export function once<Told extends Outcome>(
  requests: Requests,
  mark: RequestMark | undefined,
  now: Micros,
  work: () => Told,
): Told {
  if (!mark) return work();
  const prior = requests.find(mark.id, now);
  if (prior) {
    if (prior.digest !== mark.digest) return { status: 'request_id_reused' } as object as Told;
    return { status: 'repeated', result: prior.result } as object as Told;
  }
  const outcome = work();
  if (outcome.status === 'done' && isApplied(outcome.result)) requests.add(mark, outcome.result, now);
  return outcome;
}

function isApplied(result: object | undefined): boolean {
  return !(result && 'applied' in result && result.applied === false);
}
