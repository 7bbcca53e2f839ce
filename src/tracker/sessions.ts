import type { Boundary } from '../storage/ports.js';

/** Whether an event is the first of a session. The boundaries are those of Rasa's stores, which disagree. */
export function beginsSession(
  event: { readonly type: string; readonly name: string },
  boundary: Boundary,
): boolean {
  if (boundary === 'session_started') return event.type === 'session_started';
  return event.type === 'action' && event.name === 'action_session_start';
}
