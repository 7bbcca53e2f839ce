import type { Boundary } from './ports/tracker.js';

/** The session that an event of this type and name begins, undefined for none. */
export function boundaryOf(event: { readonly type: string; readonly name: string }): Boundary | undefined {
  if (event.type === 'session_started') return 'session_started';
  if (event.type === 'action' && event.name === 'action_session_start') return 'action_session_start';
  return undefined;
}
