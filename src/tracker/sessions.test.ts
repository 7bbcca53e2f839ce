import { expect, test } from '@jest/globals';
import { beginsSession } from './sessions.js';

test.each([
  ['action', 'action_session_start', true, false],
  ['action', 'action_listen', false, false],
  ['slot', 'action_session_start', false, false],
  ['session_started', '', false, true],
  ['restart', '', false, false],
])('type %s, name %j: %s by the action, %s by the event', (type, name, byAction, byEvent) => {
  expect(beginsSession({ type, name }, 'action_session_start')).toBe(byAction);
  expect(beginsSession({ type, name }, 'session_started')).toBe(byEvent);
});
