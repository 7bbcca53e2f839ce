import type { ConversationPage, Known } from './ports/tracker.js';

/** The page of a conversation without events. */
export const emptyPage: ConversationPage = {
  conversation: undefined,
  start: 0,
  events: [],
  next: undefined,
  moment: undefined,
  continued: false,
};

/** What a conversation's past is told by: its log, and the position of the last entry that erased any of it. */
export interface Past {
  readonly epoch: string;
  readonly lastErasure: number;
  /** The check where an entry ends; undefined where none does, or none that is still known. */
  checkAt(position: number): string | undefined;
}

/**
 * Whether what a reader has is still so: the log that it came from is the beginning of the one that is there now,
 * and nothing of the conversation was erased behind it.
 */
export function stillHolds({ epoch, place }: Known, past: Past): boolean {
  return (
    epoch === past.epoch && past.lastErasure <= place.position && past.checkAt(place.position) === place.check
  );
}

/** The lowest sequence to read of a range. */
export function firstToRead(start: number, continued: boolean, known: Known | undefined): number {
  return continued ? Math.max(start, known!.sequence + 1) : start;
}
