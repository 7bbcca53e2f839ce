import { describe, expect, test } from '@jest/globals';
import { parseConversation } from './dump.js';

const parse = (text: string) => parseConversation({ place: 'in:3', text, bytes: text.length });

describe('parseConversation', () => {
  test('cuts events to the letter and reads what the log needs from them', () => {
    const slot = '{ "event":"slot", "name":"n\\u0061me", "value": 1.0, "timestamp": 1789161707.714779 }';
    const user = '{"big":12345678901234567890,"event":"user","name":7,"timestamp":null}';
    const { conversationId, events } = parse(`{"events":[ ${slot} , ${user}], "sender_id":"\\u00e4"}\n`);
    expect(conversationId).toBe('ä');
    expect(events).toEqual([
      {
        type: 'slot',
        name: 'name',
        data: slot,
        bytes: slot.length,
        eventTime: { seconds: 1_789_161_707n, nanos: 714_779_000 },
      },
      { type: 'user', name: '', data: user, bytes: user.length, eventTime: undefined },
    ]);
  });

  test.each([
    ['nonsense', 'in:3: the line is not JSON: unexpected "n" at position 0'],
    ['[]', 'in:3: the line must be a JSON object, not an array'],
    ['{"events":[]}', 'in:3: "sender_id" must be a string that is not empty'],
    ['{"sender_id":7,"events":[]}', 'in:3: "sender_id" must be a string that is not empty'],
    ['{"sender_id":"","events":[]}', 'in:3: "sender_id" must be a string that is not empty'],
    ['{"sender_id":"\\ud800","events":[]}', 'in:3: "sender_id" contains half of a surrogate pair'],
    ['{"sender_id":"a"}', 'in:3: "events" must be an array'],
    ['{"sender_id":"a","events":{}}', 'in:3: "events" must be an array'],
    ['{"sender_id":"a","events":[{"event":"x"},7]}', 'in:3: events[1] must be an object'],
    [
      '{"sender_id":"a","events":[{"e":"x"}]}',
      'in:3: events[0] must have a string "event" that is not empty',
    ],
    [
      '{"sender_id":"a","events":[{"event":"x","timestamp":"now"}]}',
      'in:3: events[0] must have a "timestamp" in seconds, years 1 to 9999',
    ],
  ])('says what is wrong with %s', (text, message) => {
    expect(() => parse(text)).toThrow(new Error(message));
  });
});
