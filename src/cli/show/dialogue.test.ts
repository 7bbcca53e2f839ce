import { create } from '@bufbuild/protobuf';
import { expect, test } from '@jest/globals';
import { RecordedEventSchema } from '@trackside/client/gen/trackside/v1/event_pb.js';
import { dialogue } from './dialogue.js';

const event = (type: string, name: string, data: string) =>
  create(RecordedEventSchema, { type, name, data, eventTime: { seconds: 1_789_161_707n, nanos: 0 } });

test('prints who said what, with a rule before each session', () => {
  const print = dialogue((style, text) => (style === 'dim' ? text : `<${text}>`));
  const events = [
    event('action', 'action_session_start', '{}'),
    event('session_started', '', '{}'),
    event('user', '', '{"text":"Hello"}'),
    event('bot', '', '{"text":"Hi!"}'),
    event('session_started', '', '{}'),
    event('slot', 'city', '{"value":"Rome"}'),
    event('action', 'action_session_start', '{}'),
    event('session_started', '', '{}'),
  ];
  const rule = `──── session of 2026-09-11 ${'─'.repeat(40)}`;
  expect(events.map(print).join('').trimEnd().split('\n')).toEqual([
    rule,
    '21:21:47  action  action_session_start',
    '21:21:47  session_started',
    '21:21:47  <user  >  <Hello>',
    '21:21:47  <bot   >  Hi!',
    rule,
    '21:21:47  session_started',
    '21:21:47  slot    city = "Rome"',
    rule,
    '21:21:47  action  action_session_start',
    '21:21:47  session_started',
  ]);
});
