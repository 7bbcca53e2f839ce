import type { Limits } from '../../config/settings.js';
import { invalid } from '../../errors.js';
import type { Micros } from '../../storage/ports/common.js';
import type { ClearStep, KeyPage, KeyQuery } from '../../storage/ports/keyed.js';
import { checkId, checkSize, checkText } from '../check.js';
import type { Call } from '../define.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { inSteps } from '../steps.js';
import { nowMicros } from './clock.js';
import type { KeyedContext } from './context.js';

interface ListRequest {
  readonly pattern: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

/** A page of keys. `name` tells the tokens of one service from the other's. */
export async function listKeys(
  name: string,
  { store, limits }: KeyedContext<{ keys(query: KeyQuery, now: Micros): Promise<KeyPage> }>,
  request: ListRequest,
) {
  const pattern = checkText('pattern', request.pattern, limits.keyBytes);
  const limit = checkSize('page_size', request.pageSize, limits.pageSize);
  const key = [name, pattern];
  const [after = ''] = request.pageToken ? decodePageToken(key, request.pageToken, 'string') : [];
  const { keys, next } = await store.keys({ pattern, after, limit }, nowMicros());
  return { keys: [...keys], nextPageToken: next === undefined ? '' : encodePageToken(key, [next]) };
}

type Scope =
  | { readonly case: 'keyPrefix'; readonly value: string }
  | { readonly case: 'all' }
  | { readonly case: undefined };

/** The prefix of what is to be cleared, empty for everything. */
export function checkScope(scope: Scope, limits: Limits): string {
  if (scope.case === undefined) throw invalid('scope', 'is required: set key_prefix or all');
  return scope.case === 'all' ? '' : checkId('key_prefix', scope.value, limits.keyBytes);
}

/** Clears in steps, between which others are served; ends early where nobody waits any more. */
export function clearAll(
  step: (after: string, limit: number) => Promise<ClearStep>,
  call: Call,
): Promise<bigint> {
  return inSteps('', call, async (after, limit) => {
    const { cleared, next } = await step(after, limit);
    return { count: cleared, next };
  });
}
