import type { Micros } from '../ports/common.js';
import { end } from './erase.js';
import type { State } from './state.js';

/** Counts a conversation's retention from an append on. */
export function noteAppend(state: State, id: string, time: Micros): void {
  if (state.retention === undefined) return;
  state.appended.delete(id);
  state.appended.set(id, time);
}

/** Ends what has expired, before anything else is done, so that nothing meets it. */
export function expire(state: State): void {
  if (state.retention === undefined) return;
  const last = Date.now() * 1_000 - state.retention;
  for (const [id, time] of state.appended) {
    if (time > last) return;
    end(state, state.records.get(id)!);
  }
}
