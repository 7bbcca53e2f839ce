import type { ErasureEntry, RecordedEvent } from '../storage/ports/tracker.js';
import type { Break } from './history.js';

/** What a subscriber is told. */
export type FeedItem =
  | { readonly kind: 'confirmation' | 'checkpoint' | 'caught_up' | 'fell_behind'; readonly cursor: string }
  | { readonly kind: 'events'; readonly events: readonly RecordedEvent[]; readonly cursor: string }
  | { readonly kind: 'erased'; readonly erasure: ErasureEntry; readonly cursor: string }
  | {
      readonly kind: 'discontinuity';
      readonly reason: Break;
      readonly oldestCursor: string;
      readonly endCursor: string;
    };
