import { create } from '@bufbuild/protobuf';
import { expect, test } from '@jest/globals';
import { RecordedEventSchema } from '@trackside/client/gen/trackside/v1/event_pb.js';
import { essenceOf } from './event.js';

test.each([
  ['user', '', '{"text":"hi","parse_data":{"intent":{"name":"greet"}}}', 'hi (greet)'],
  ['user', '', '{"text":"hi","parse_data":null}', 'hi'],
  ['user', '', '{"text":null}', ''],
  ['bot', '', '{"text":"two\\nlines"}', 'two\\nlines'],
  ['bot', '', '{"text":null,"data":{"image":"x.png","custom":null}}', '{"image":"x.png"}'],
  ['slot', 'city', '{"value":["a"]}', 'city = ["a"]'],
  ['slot', 'city', '{"value":null}', 'city = null'],
  ['action', 'utter_x', '{"policy":"p"}', 'utter_x'],
  ['action', '', '{"action_text":"said"}', 'said'],
  ['session_started', '', '{"event":"session_started","timestamp":1}', ''],
  ['followup', 'action_x', '{"event":"followup","name":"action_x"}', 'action_x'],
  ['own', 'n', '{"event":"own","text":"t","x":1}', 'n t {"x":1}'],
  ['user', '', '{"text":"\\u001b[2J\\u202e!"}', '\\u001b[2J\\u202e!'],
])('a %s event %s %s', (type, name, data, essence) => {
  expect(essenceOf(create(RecordedEventSchema, { type, name, data }))).toBe(essence);
});

test('cuts what is too long for a line', () => {
  const data = JSON.stringify({ value: 'x'.repeat(10_000) });
  expect(essenceOf(create(RecordedEventSchema, { type: 'slot', name: 's', data })).length).toBeLessThan(250);
});
