import type { EntryCondition, EntryOutcome, EntryResult, EntryWrite } from './ports/cache.js';
import type { Micros, Value } from './ports/common.js';
import { sameValue } from './value.js';

/** What a write to a cache meets: an entry that has not expired. */
export interface StandingEntry {
  readonly expireTime: Micros | undefined;
  /** Undefined where it was not loaded, which it is for what `needsValue` tells. */
  readonly value: Value | undefined;
}

/** What is to be done about the key's entry. */
export type EntryChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'put'; readonly value: Value; readonly expireTime: Micros | undefined }
  | { readonly kind: 'expire'; readonly expireTime: Micros | undefined };

type Judged = { readonly outcome: EntryOutcome; readonly change: EntryChange };

/** Whether a write is judged by the value that is there. */
export function needsValue(write: EntryWrite): boolean {
  return write.kind === 'increment' || (write.kind === 'set' && typeof write.condition === 'object');
}

/** Decides about a write: what it is answered, and what becomes of the entry. */
export function judgeEntry(write: EntryWrite, current: StandingEntry | undefined, now: Micros): Judged {
  switch (write.kind) {
    case 'set':
      return holds(write.condition, current)
        ? put(write.value, write.expireTime, now, undefined)
        : done({ kind: 'none' }, false);
    case 'delete':
      return done({ kind: current ? 'remove' : 'none' }, current !== undefined);
    case 'touch': {
      const { expireTime } = write;
      if (!current) return done({ kind: 'none' }, false);
      return isPast(expireTime, now)
        ? done({ kind: 'remove' }, true, { expireTime })
        : done({ kind: 'expire', expireTime }, true, { expireTime });
    }
    case 'increment':
      return increment(write.delta, write.expireTime, current, now);
  }
}

/** Whether an expiry has come. */
export function isPast(expireTime: Micros | undefined | null, now: Micros): boolean {
  return expireTime !== undefined && expireTime !== null && expireTime <= now;
}

function holds(condition: EntryCondition, current: StandingEntry | undefined): boolean {
  switch (condition) {
    case 'any':
      return true;
    case 'absent':
      return current === undefined;
    case 'present':
      return current !== undefined;
    default:
      return current?.value !== undefined && sameValue(current.value, condition.equals);
  }
}

const wholeNumber = /^[ \t\r\n]*(-?\d{1,19})[ \t\r\n]*$/;

function increment(
  delta: bigint,
  expireTime: Micros | undefined,
  current: StandingEntry | undefined,
  now: Micros,
): Judged {
  const text = current ? current.value : '0';
  const digits = typeof text === 'string' ? wholeNumber.exec(text)?.[1] : undefined;
  if (digits === undefined) return { outcome: { status: 'wrong_kind' }, change: { kind: 'none' } };
  const sum = BigInt(digits) + delta;
  if (BigInt.asIntN(64, sum) !== sum) {
    return { outcome: { status: 'out_of_range' }, change: { kind: 'none' } };
  }
  return put(`${sum}`, current ? current.expireTime : expireTime, now, `${sum}`);
}

/** A value whose expiry is past is as good as none. */
function put(value: Value, expireTime: Micros | undefined, now: Micros, number: string | undefined): Judged {
  const change: EntryChange = isPast(expireTime, now)
    ? { kind: 'remove' }
    : { kind: 'put', value, expireTime };
  return done(change, true, { expireTime, number });
}

function done(change: EntryChange, applied: boolean, more: Partial<EntryResult> = {}): Judged {
  const result = { applied, expireTime: undefined, number: undefined, ...more };
  return { outcome: { status: 'done', result }, change };
}
