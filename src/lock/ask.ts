import type { Micros } from '../storage/ports/common.js';
import type { Grant, Holding } from '../storage/ports/lock.js';

/** What to do where the lock is taken. */
export type TakenPolicy = 'enqueue' | 'reject' | 'interrupt';

/** What a caller asks for. */
export interface Ask {
  readonly lockId: string;
  readonly requestId: string;
  /** Empty for none. */
  readonly owner: string;
  readonly policy: TakenPolicy;
  /** The longest holding, from the grant; undefined for no end, which only streams may have. */
  readonly lifetime: Micros | undefined;
  /** How long to wait, in milliseconds; undefined for as long as the caller is there. */
  readonly waitMs: number | undefined;
}

/** A grant with its ticket, or at the end of the wait who has the lock, if anybody still has. */
export type Acquired =
  | { readonly ticket: number; readonly grant: Grant }
  | { readonly grant: undefined; readonly holder: Holding | undefined };

/** Why a holding is over, as its holder is told. */
export type LossCause =
  | 'released'
  | 'expired'
  | 'deleted'
  /** Another stream with the same request has it. */
  | 'taken_over'
  /** The store didn't confirm in time that it lasts. */
  | 'uncertain';

/** What a stream's holder is told. */
export type HoldItem =
  | { readonly kind: 'queued'; readonly ticket: number; readonly ahead: number }
  | { readonly kind: 'granted'; readonly ticket: number; readonly grant: Grant }
  | { readonly kind: 'interrupted' }
  /** The fence is 0 where it was not granted yet. */
  | { readonly kind: 'lost'; readonly cause: LossCause; readonly fence: number };
