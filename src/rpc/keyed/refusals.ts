import { TracksideError } from '../../errors.js';
import type { RequestMark } from '../../storage/ports/common.js';

/** The refusal of a request id that was used for another request. */
export function requestIdReused({ id }: RequestMark): TracksideError {
  return new TracksideError('REQUEST_ID_REUSED', `request_id "${id}" was used before, for another request`, {
    metadata: { request_id: id },
  });
}

/** The refusal of what a key has: `found` is not what the call is for. */
export function wrongKind(key: string, found: string, wanted: string): TracksideError {
  return new TracksideError('WRONG_KIND', `key "${key}" has ${found}, not ${wanted}`, {
    metadata: { key, kind: found.replace(/^an? /, '') },
  });
}
