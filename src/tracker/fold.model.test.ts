import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appliedEvents, fold } from './fold.js';

interface Fields {
  readonly type: string;
  readonly name?: string | null;
  readonly entities?: readonly string[];
  readonly value?: number;
}

/** applied_events, word for word (RASA.md 4.4). */
function modelApplied(events: readonly Fields[]): Fields[] {
  const loops = new Set(events.filter((e) => e.type === 'active_loop' && e.name).map((e) => e.name));
  const out: Fields[] = [];
  const popTo = (type: string) => {
    while (out.length > 0 && out.pop()!.type !== type);
  };
  for (const e of events) {
    if (e.type === 'restart' || e.type === 'session_started') out.length = 0;
    else if (e.type === 'undo') popTo('action');
    else if (e.type === 'rewind') {
      popTo('user');
      popTo('action');
    } else if (e.type === 'action' && loops.has(e.name) && !firstOrUnhappy(e.name!, out)) {
      for (let i = out.length - 1; !(out[i]!.type === 'action' && out[i]!.name === e.name); i--) {
        if (['action', 'user', 'user_featurization'].includes(out[i]!.type)) out.splice(i, 1);
      }
    } else out.push(e);
  }
  return out;
}

function firstOrUnhappy(loop: string, out: readonly Fields[]): boolean {
  let next: string | null | undefined = null;
  for (const e of [...out].reverse()) {
    if (e.type === 'active_loop' && e.name === null) return true;
    if (e.type === 'action_execution_rejected' && e.name === loop) return true;
    if (e.type === 'user' && next !== null && next !== loop) return true;
    if (e.type === 'action' && e.name === loop) return false;
    if (e.type === 'action') next = e.name;
  }
  return true;
}

/** The live replay, word for word: entities are written into the user event, undo and rewind apply all again. */
function modelFold(events: readonly Fields[]) {
  const heard = new Map<Fields | undefined, Set<string>>();
  const fresh = () => {
    heard.set(undefined, new Set());
    return {
      slots: {} as Record<string, number>,
      user: undefined as Fields | undefined,
      action: '',
      loop: '',
    };
  };
  let state = fresh();
  const apply = (e: Fields, done: readonly Fields[]) => {
    if (['restart', 'session_started', 'undo', 'rewind'].includes(e.type)) state = fresh();
    if (e.type === 'undo' || e.type === 'rewind') for (const again of modelApplied(done)) apply(again, []);
    if (e.type === 'user') state.user = e;
    if (e.type === 'action') state.action = e.name!;
    if (e.type === 'slot') state.slots[e.name!] = e.value!;
    if (e.type === 'active_loop') state.loop = e.name ?? '';
    if (e.type !== 'entities' || state.action !== 'action_listen') return;
    if (!heard.has(state.user)) heard.set(state.user, new Set());
    for (const entity of e.entities!) heard.get(state.user)!.add(entity);
  };
  for (let i = 0; i < events.length; i++) apply(events[i]!, events.slice(0, i + 1));
  return { ...state, user: events.indexOf(state.user!), entities: [...(heard.get(state.user) ?? [])] };
}

const anyEvent: fc.Arbitrary<Fields> = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      'restart',
      'session_started',
      'undo',
      'undo',
      'rewind',
      'user',
      'user',
      'user_featurization',
    ),
  }),
  fc.record({
    type: fc.constantFrom('action', 'action', 'action', 'action_execution_rejected'),
    name: fc.constantFrom('action_listen', 'action_listen', 'f', 'g', 'utter'),
  }),
  fc.record({ type: fc.constant('active_loop'), name: fc.constantFrom('f', 'g', 'action_listen', null) }),
  fc.record({ type: fc.constant('entities'), entities: fc.subarray(['a', 'b', 'c', 'd']) }),
  fc.record({ type: fc.constant('slot'), name: fc.constantFrom('s', 't'), value: fc.nat() }),
);

/** Little but what makes entities go astray: taking back, and loops that become known late. */
const heardEvent: fc.Arbitrary<Fields> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('action'), name: fc.constantFrom('action_listen', 'f') }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('user', 'user', 'undo', 'rewind') }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('entities'), entities: fc.constantFrom(['a'], ['b'], ['c']) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('active_loop'), name: fc.constantFrom('f', 'action_listen') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('session_started', 'action_execution_rejected') }),
  },
);

function expectAgreement(fields: readonly Fields[]): void {
  const events = fields.map((f, i) => ({
    type: f.type,
    name: '',
    eventTime: i,
    data: JSON.stringify(f.type === 'user' ? { parse_data: { text: i } } : f),
  }));
  const state = fold(events);
  const message = JSON.parse(state.latestMessage);
  expect({
    slots: Object.fromEntries([...state.slots].map(([name, value]) => [name, JSON.parse(value)])),
    user: message.text ?? -1,
    entities: message.entities,
    action: state.latestAction && 'actionName' in state.latestAction ? state.latestAction.actionName : '',
    loop: state.activeLoop?.name ?? '',
  }).toEqual(modelFold(fields));
  expect(appliedEvents(events)).toEqual(modelApplied(fields).map((f) => events[fields.indexOf(f)]));
}

test.each([
  ['of every kind', anyEvent, 2000],
  ['that move entities', heardEvent, 3000],
] as const)("events %s fold as by Rasa's algorithm taken word for word", (_, kind, numRuns) => {
  fc.assert(fc.property(fc.array(kind, { maxLength: 40, size: 'max' }), expectAgreement), { numRuns });
});

// Each ends with an entity in a message that it was not said about, where only applying again brought it.
test.each([
  ['when a dropped turn put another message before it', 'loop user f user f listen entity listen undo undo'],
  ['when a loop became known late', 'user f user f loop listen entity listen undo undo'],
  [
    'when a turn was dropped after an undo',
    'loop user f user user user listen undo f listen entity listen undo undo',
  ],
])('an entity moves %s', (_, script) => {
  const words: Readonly<Record<string, Fields>> = {
    loop: { type: 'active_loop', name: 'f' },
    f: { type: 'action', name: 'f' },
    listen: { type: 'action', name: 'action_listen' },
    entity: { type: 'entities', entities: ['a'] },
  };
  const fields = script.split(' ').map((word) => ({ ...(words[word] ?? { type: word }) }));
  expect(modelFold(fields).entities).toEqual(['a']);
  expectAgreement(fields);
});

test("another loop's rejection outlasts the turn that is dropped around it", () => {
  const fields = [
    { type: 'active_loop', name: 'f' },
    { type: 'active_loop', name: 'g' },
    { type: 'action', name: 'g' },
    { type: 'action', name: 'f' },
    { type: 'action_execution_rejected', name: 'g' },
    { type: 'action', name: 'f' },
    { type: 'action', name: 'g' },
  ];
  expect(modelApplied(fields)).toEqual(fields.filter((_, i) => i !== 5));
  expectAgreement(fields);
});
