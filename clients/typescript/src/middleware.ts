import { type CallOptions, ClientError, type ClientMiddlewareCall } from 'nice-grpc';
import { aborted, CallError, detailsKey, timedOut } from './error.js';
import type { TimeoutOption } from './options.js';

/** Client middleware that keeps timeouts, and makes a CallError of whatever a call fails with. */
export async function* tellFailures<Request, Response>(
  call: ClientMiddlewareCall<Request, Response>,
  { timeoutMs, ...options }: CallOptions & TimeoutOption,
): AsyncGenerator<Response, Response | undefined, undefined> {
  let details: Uint8Array | undefined;
  const onTrailer: CallOptions['onTrailer'] = (trailer) => {
    details = trailer.get(detailsKey);
    options.onTrailer?.(trailer);
  };
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [options.signal, timeout].filter((signal) => signal !== undefined);
  const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
  try {
    const all = { ...options, onTrailer, ...(signal && { signal }) };
    return (yield* call.next(call.request, all)) as Response | undefined;
  } catch (error) {
    const { path } = call.method;
    if (timeout?.aborted) throw timedOut(path);
    if (signal?.aborted) throw aborted(path);
    if (!(error instanceof ClientError)) throw error;
    throw CallError.ofTrailer(path, error.code, error.details, details);
  }
}
