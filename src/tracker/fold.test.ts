import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appliedEvents, eventsAfterRestart, type FoldEvent, fold, type TrackerState } from './fold.js';

interface Vectors {
  readonly slots: readonly { name: string; type: string; initial_value: unknown }[];
  readonly cases: readonly {
    id: number;
    events: readonly { event: string; timestamp: number; name?: string }[];
    live: {
      state: { sender_id: string };
      APPLIED: number;
      AFTER_RESTART: number;
      ALL: number;
      applied_indices: readonly number[];
      latest_bot_utterance_text: string | null;
    };
  }[];
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../test/fixtures/replay-vectors.json', import.meta.url), 'utf8'),
);
const vectorSlots = {
  initialSlots: new Map(vectors.slots.map((slot) => [slot.name, JSON.stringify(slot.initial_value)])),
  listSlots: new Set(vectors.slots.filter((slot) => slot.type === 'list').map((slot) => slot.name)),
};

/** The state the way Rasa writes it. */
function currentState(state: TrackerState) {
  const { activeLoop, latestAction } = state;
  const actionName = latestAction && 'actionName' in latestAction ? latestAction.actionName : undefined;
  const actionText = latestAction && 'actionText' in latestAction ? latestAction.actionText : undefined;
  return {
    sender_id: 'conv',
    slots: Object.fromEntries([...state.slots].map(([name, value]) => [name, JSON.parse(value)])),
    latest_message: JSON.parse(state.latestMessage),
    latest_event_time: state.latestEventTime === undefined ? null : state.latestEventTime / 1e6,
    followup_action: state.followupAction ?? null,
    paused: state.paused,
    latest_input_channel: state.latestInputChannel ?? null,
    active_loop: activeLoop
      ? {
          name: activeLoop.name,
          is_interrupted: activeLoop.isInterrupted,
          rejected: activeLoop.rejected,
          trigger_message: JSON.parse(activeLoop.triggerMessage),
        }
      : {},
    latest_action: {
      ...(actionName !== undefined && { action_name: actionName }),
      ...(actionText !== undefined && { action_text: actionText }),
    },
    latest_action_name: actionName ?? actionText ?? null,
  };
}

const event = (type: string, fields: object | string = {}, name = ''): FoldEvent => ({
  type,
  name,
  eventTime: 1_700_000_000_123_456,
  data: typeof fields === 'string' ? fields : JSON.stringify(fields),
});

describe("Rasa's own answers", () => {
  test('are 200', () => expect(vectors.cases).toHaveLength(200));

  test.each(vectors.cases)('case $id', ({ events: rasaEvents, live }) => {
    const events = rasaEvents.map((event) => ({
      type: event.event,
      name: '',
      eventTime: Math.round(event.timestamp * 1e6),
      data: JSON.stringify(event),
    }));
    const state = fold(events, vectorSlots);
    const expected = live.state as ReturnType<typeof currentState>;
    const time = expected.latest_event_time;
    expect(currentState(state)).toEqual({
      ...expected,
      latest_event_time: time && Math.round(time * 1e6) / 1e6,
    });
    const bot = state.latestBotUtterance;
    expect((bot && JSON.parse(bot).text) ?? null).toBe(live.latest_bot_utterance_text);
    const applied = appliedEvents(events);
    expect(applied.map((event) => events.indexOf(event))).toEqual(live.applied_indices);
    expect(applied).toHaveLength(live.APPLIED);
    expect(eventsAfterRestart(events)).toHaveLength(live.AFTER_RESTART);
    expect(eventsAfterRestart(events)).toEqual(events.slice(events.length - live.AFTER_RESTART));
    expect(events).toHaveLength(live.ALL);
  });
});

describe('fold', () => {
  test('of nothing is the state that Rasa begins with', () => {
    expect(fold([])).toEqual({
      slots: new Map(),
      latestMessage: '{"intent":{},"entities":[],"text":null,"message_id":null,"metadata":{}}',
      latestEventTime: undefined,
      followupAction: 'action_listen',
      paused: false,
      activeLoop: undefined,
      latestAction: undefined,
      latestInputChannel: undefined,
      latestBotUtterance: undefined,
    });
  });

  test('keeps values to the letter', () => {
    const state = fold([
      event('slot', '{"name":"a","value": 1.0 }'),
      event('slot', '{"value":12345678901234567890,"name":"b"}'),
      event('slot', '{"name":"c","value":{ "z":1, "a":"\\u0065" }}'),
      event(
        'user',
        '{"parse_data":{"text":"x","entities":[ ],"intent":{"confidence":1.0},"message_id":1,"metadata":{}}}',
      ),
      event('bot', '{ "text":"\\u00e9"}'),
    ]);
    expect(state.slots.get('a')).toBe('1.0');
    expect(state.slots.get('b')).toBe('12345678901234567890');
    expect(state.slots.get('c')).toBe('{ "z":1, "a":"\\u0065" }');
    expect(state.latestMessage).toBe(
      '{"text":"x","entities":[ ],"intent":{"confidence":1.0},"message_id":1,"metadata":{}}',
    );
    expect(state.latestBotUtterance).toBe('{ "text":"\\u00e9"}');
  });

  test('keeps added entities to the letter, each once', () => {
    const parseData =
      '{"intent":{},"entities":[{"value":1.0,"entity":"a"}],"text":"x","message_id":null,"metadata":{}}';
    const events = [
      event('user', `{"parse_data":${parseData}}`),
      event('action', { name: 'action_listen' }),
      event('entities', '{"entities":[{"entity":"a","value":1},{ "entity":"b" },{"entity":"b"}]}'),
    ];
    expect(fold(events).latestMessage).toBe(parseData.replace('"a"}]', '"a"},{ "entity":"b" }]'));
  });

  test('takes any slot without a domain, and only its slots with one', () => {
    const events = [event('slot', { name: 'a', value: 1 }), event('slot', { name: '__proto__', value: 2 })];
    expect(fold(events).slots).toEqual(
      new Map([
        ['a', '1'],
        ['__proto__', '2'],
      ]),
    );
    const initialSlots = new Map([
      ['a', '0.50'],
      ['b', '"x"'],
    ]);
    expect(fold(events, { initialSlots }).slots).toEqual(
      new Map([
        ['a', '1'],
        ['b', '"x"'],
      ]),
    );
    expect(fold([...events, event('reset_slots')], { initialSlots }).slots).toEqual(initialSlots);
    expect(fold([...events, event('restart')]).slots).toEqual(new Map());
  });

  test('wraps values of slots of type list as Rasa does', () => {
    const domain = { initialSlots: new Map([['l', 'null']]), listSlots: new Set(['l']) };
    const stored = (value: string) =>
      fold([event('slot', `{"name":"l","value":${value}}`)], domain).slots.get('l');
    for (const kept of ['null', 'false', '0.0', '""', '{}', '[]', '[ 1.0 ]']) expect(stored(kept)).toBe(kept);
    for (const single of ['1.0', 'true', '"a"', '{"a":1}']) expect(stored(single)).toBe(`[${single}]`);
  });

  test('is not changed by types it does not know', () => {
    const before = [event('user', { text: 'hi' }), event('action', { name: 'a' })];
    const odd = ['', 'topic', 'constructor', '__proto__', 'agent', 'reminder', 'User'].map((type) =>
      event(type, { name: 'x', value: 1 }, 'x'),
    );
    expect(fold([...before, ...odd])).toEqual(fold(before));
    expect(appliedEvents([...before, ...odd])).toHaveLength(before.length + odd.length);
  });

  test("takes the event's own name where its data has none", () => {
    expect(fold([event('action', {}, 'a')]).latestAction).toEqual({ actionName: 'a' });
    expect(fold([event('action', { name: 'b' }, 'a')]).latestAction).toEqual({ actionName: 'b' });
    expect(fold([event('action', { name: null, action_text: 't' }, 'a')]).latestAction).toEqual({
      actionText: 't',
    });
    expect(fold([event('active_loop', {}, 'f')]).activeLoop?.name).toBe('f');
    expect(
      fold([event('active_loop', {}, 'f'), event('active_loop', { name: null }, 'f')]).activeLoop,
    ).toBeUndefined();
  });

  test('a loop is no longer rejected or interrupted when its own action runs again', () => {
    const events = [
      event('active_loop', { name: 'f' }),
      event('action_execution_rejected', { name: 'f' }),
      event('loop_interrupted', { is_interrupted: true }),
    ];
    expect(fold(events).activeLoop).toMatchObject({ rejected: true, isInterrupted: true });
    const other = [...events, event('action', { name: 'g' })];
    expect(fold(other).activeLoop).toMatchObject({ rejected: true, isInterrupted: false });
    const own = [...events, event('action', { name: 'f' })];
    expect(fold(own).activeLoop).toMatchObject({ rejected: false, isInterrupted: false });
  });

  test('reads the older spellings of loop events', () => {
    const loop = event('form', { name: 'f' });
    expect(fold([loop, event('form_validation', { validate: false })]).activeLoop?.isInterrupted).toBe(true);
    expect(fold([loop, event('form_validation', { validate: true })]).activeLoop?.isInterrupted).toBe(false);
  });

  test('tolerates events that lack what Rasa needs', () => {
    const state = fold([
      event('user', { text: 'hi', message_id: 'm', input_channel: 7 }),
      event('slot', { name: 's' }),
    ]);
    expect(JSON.parse(state.latestMessage)).toEqual({
      intent: {},
      entities: [],
      text: 'hi',
      message_id: 'm',
      metadata: {},
    });
    expect(state.latestInputChannel).toBeUndefined();
    expect(state.slots).toEqual(new Map([['s', 'null']]));
    expect(
      JSON.parse(fold([event('user', { parse_data: { entities: null } })]).latestMessage).entities,
    ).toEqual([]);
  });

  test('never throws', () => {
    const types = [
      ...new Set(vectors.cases.flatMap((c) => c.events.map((e) => e.event))),
      'form',
      'form_validation',
    ];
    const keys = ['name', 'value', 'parse_data', 'entities', 'action_text', 'input_channel', 'text'];
    const data = fc.dictionary(
      fc.constantFrom(...keys),
      fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant('action_listen')),
    );
    const any = fc.record({
      type: fc.constantFrom(...types),
      name: fc.constantFrom('', 'action_listen'),
      data,
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 20 }), (list) => {
        const events = list.map(({ type, name, data }) => event(type, data, name));
        expect(() => JSON.parse(fold(events).latestMessage)).not.toThrow();
        expect(events).toEqual(expect.arrayContaining(appliedEvents(events)));
      }),
    );
  });

  test('takes back many events in little time', () => {
    const turn = [
      event('user', { parse_data: { entities: [{ entity: 'a' }] } }),
      event('action', { name: 'action_listen' }),
      event('entities', { entities: [{ entity: 'b' }] }),
      event('active_loop', { name: 'f' }),
      event('action', { name: 'f' }),
      event('slot', { name: 's', value: 1 }),
    ];
    const events = [
      ...Array.from({ length: 1000 }, () => turn)
        .flat()
        .map((e) => ({ ...e })),
      ...Array.from({ length: 3000 }, () => [event('undo'), event('slot', { name: 's', value: 2 })]).flat(),
    ];
    const start = performance.now();
    fold(events);
    appliedEvents(events);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
