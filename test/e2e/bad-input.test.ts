import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { append, badInput, countEvents, failureOf, numbered, Subscriber, time } from './calls.js';
import { RawClient, rawMessage } from './raw.js';
import { cleanUp, type Sidecar, startSidecar } from './sidecar.js';

let sidecar: Sidecar;
let tracker: TrackerClient;
let raw: RawClient;
let conversations = 0;
/** A conversation of the test's own, with one event. */
let known: string;
beforeAll(async () => {
  sidecar = await startSidecar();
  tracker = sidecar.tracker;
  raw = new RawClient(sidecar.address);
});
beforeEach(async () => {
  known = `known-${++conversations}`;
  await append(tracker, known, [numbered(1)]);
});
afterAll(async () => {
  raw.close();
  await cleanUp();
});

/** Refused, naming the field; nothing was written, and the same connection serves the next call. */
async function expectRefused(call: Promise<unknown>, field: string, description?: unknown): Promise<void> {
  const before = await listIds();
  expect(await failureOf(call)).toMatchObject(badInput(field, description));
  expect(await listIds()).toEqual(before);
  expect(await countEvents(tracker, known)).toBe(1);
}

async function listIds(): Promise<string[]> {
  const { conversations } = await tracker.listConversations({ pageSize: 1000 });
  return conversations.map(({ conversationId }) => conversationId);
}

const badIds: [string, string][] = [
  ['empty', ''],
  ['over-long', 'x'.repeat(513)],
  ['over-long in bytes, not in characters', 'ä'.repeat(257)],
  ['with NUL', 'a\0b'],
  ['with a control character', 'a\nb'],
  ['with DEL', 'a\u007fb'],
  ['with a C1 control character', 'a\u0085b'],
];

describe.each(badIds)('a conversation id that is %s is refused', (_, conversationId) => {
  test.each<[string, () => Promise<unknown>]>([
    ['AppendEvents', () => append(tracker, conversationId, [numbered(1)])],
    ['GetTracker', () => tracker.getTracker({ conversationId })],
    ['ListEvents', () => tracker.listEvents({ conversationId })],
    ['GetConversation', () => tracker.getConversation({ conversationId })],
    ['DeleteConversation', () => tracker.deleteConversation({ conversationId })],
    ['RedactEvents', () => tracker.redactEvents({ conversationId, sequences: [1n] })],
    ['TruncateConversation', () => tracker.truncateConversation({ conversationId, firstKeptSequence: 1n })],
  ])('by %s', (_, call) => expectRefused(call(), 'conversation_id'));

  test('in a filter', () =>
    expectRefused(
      new Subscriber(tracker, { filter: { conversationIds: ['ok', conversationId] } }).next(),
      'filter.conversation_ids[1]',
    ));
});

const loneByte = Uint8Array.of(0x61, 0xff, 0x62);
const surrogate = Uint8Array.of(0xed, 0xa0, 0x80);
const overlong = Uint8Array.of(0xc0, 0xaf);
const text = (value: string) => Buffer.from(value);

describe.each([
  ['with a byte that no text has', loneByte],
  ['with a surrogate', surrogate],
  ['with an overlong form', overlong],
  ['that ends too early', Uint8Array.of(0xe2, 0x82)],
])('text %s is refused', (_, bytes) => {
  const method = (name: string) => `/trackside.v1.TrackerService/${name}`;
  const event = rawMessage([1, text('slot')], [4, text('{}')]);
  test.each<[string, string, string, Uint8Array]>([
    ['as an id to append to', 'AppendEvents', 'conversation_id', rawMessage([1, bytes], [2, event])],
    ['as an append id', 'AppendEvents', 'append_id', rawMessage([1, text('raw')], [2, event], [3, bytes])],
    [
      'as a type',
      'AppendEvents',
      'events[1].type',
      rawMessage([1, text('raw')], [2, event], [2, rawMessage([1, bytes], [4, text('{}')])]),
    ],
    [
      'in data',
      'AppendEvents',
      'events[0].data',
      rawMessage(
        [1, text('raw')],
        [2, rawMessage([1, text('slot')], [4, Buffer.concat([text('{"a":"'), bytes, text('"}')])])],
      ),
    ],
    ['as an id to read', 'GetTracker', 'conversation_id', rawMessage([1, bytes])],
    ['as a type to list', 'ListEvents', 'types[1]', rawMessage([1, text('raw')], [5, text('a')], [5, bytes])],
    ['as an id to delete', 'DeleteConversation', 'conversation_id', rawMessage([1, bytes])],
  ])('%s', async (_, name, field, request) => {
    const before = await listIds();
    const answer = await raw.call(method(name), request);
    expect(answer).toEqual({ code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST', fields: [field] });
    expect(await listIds()).toEqual(before);
    expect((await raw.call(method('GetTracker'), rawMessage([1, text(known)]))).code).toBe('OK');
  });
});

test.each([
  ['that is cut', Uint8Array.of(0x0a, 0x40, 0x61)],
  ['that is noise', Uint8Array.from({ length: 64 }, (_, i) => 255 - i)],
])('a message %s is refused, and the connection stays usable', async (_, bytes) => {
  const path = '/trackside.v1.TrackerService/AppendEvents';
  expect(await raw.call(path, bytes)).toEqual({
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_REQUEST',
    fields: ['request'],
  });
  expect((await raw.call('/trackside.v1.TrackerService/ListConversations', new Uint8Array())).code).toBe(
    'OK',
  );
});

test('a method that is not there is UNIMPLEMENTED', async () => {
  expect(await raw.call('/trackside.v1.TrackerService/Nothing', new Uint8Array())).toMatchObject({
    code: 'UNIMPLEMENTED',
  });
});

const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;

describe('an event is refused', () => {
  test.each<[string, string, RegExp]>([
    ['missing', '', /is required/],
    ['blank', ' ', /is empty/],
    ['not JSON', '{"a":}', /not JSON/],
    ['cut', '{"a":1', /ends too early/],
    ['two objects', '{}{}', /not JSON/],
    ['an array', '[1]', /not an array/],
    ['a string', '"a"', /not a string/],
    ['null', 'null', /not null/],
    ['NaN', '{"a":NaN}', /NaN/],
    ['Infinity', '{"a":-Infinity}', /Infinity/],
    ['10,000 levels deep', nested(10_000), /10000 levels deep; at most 100/],
    ['10,000 arrays deep', `{"a":${'['.repeat(9_999)}${']'.repeat(9_999)}}`, /10000 levels deep/],
    ['with a raw control character', '{"a":"\u0001"}', /not JSON/],
  ])('whose data is %s', (_, data, description) =>
    expectRefused(
      append(tracker, known, [numbered(2), { type: 'slot', data }]),
      'events[1].data',
      expect.stringMatching(description),
    ),
  );

  test.each<[string, { type?: string; name?: string }, string]>([
    ['without a type', { type: '' }, 'type'],
    ['with a control character in its type', { type: 'a\tb' }, 'type'],
    ['with a NUL in its name', { name: '\0' }, 'name'],
  ])('%s', (_, fields, field) =>
    expectRefused(append(tracker, known, [{ type: 'slot', data: '{}', ...fields }]), `events[0].${field}`),
  );

  test.each([
    ['before the beginning', time(-10_000_000_000_000n)],
    ['with negative nanoseconds', time(1n, -1)],
    ['with a second of nanoseconds', time(1n, 1_000_000_000)],
  ])('whose time is %s', (_, eventTime) =>
    expectRefused(append(tracker, known, [{ ...numbered(1), eventTime }]), 'events[0].event_time'),
  );
});

describe('an append is refused', () => {
  test('without events', () => expectRefused(append(tracker, known, []), 'events'));

  test.each([
    ['over-long', 'x'.repeat(129)],
    ['with a control character', '\u0007'],
  ])('with an append id that is %s', (_, appendId) =>
    expectRefused(append(tracker, known, [numbered(2)], appendId), 'append_id'),
  );

  test.each([0n, -1n, 2n ** 53n])('with %d as its fence', (fence) =>
    expectRefused(tracker.appendEvents({ conversationId: known, events: [numbered(2)], fence }), 'fence'),
  );

  test('that expects a negative sequence', () =>
    expectRefused(
      tracker.appendEvents({
        conversationId: known,
        events: [numbered(2)],
        expectation: { case: 'sequence', value: -1n },
      }),
      'sequence',
    ));
});

describe('enum values that are not known are refused', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    [
      'a session boundary',
      'session_boundary',
      () => tracker.getTracker({ conversationId: known, sessionBoundary: 99 as never }),
    ],
    [
      'an event verbosity',
      'event_verbosity',
      () => tracker.getTracker({ conversationId: known, eventVerbosity: -1 as never }),
    ],
    ['an order', 'order', () => tracker.listEvents({ conversationId: known, order: 3 as never })],
  ])('%s', (_, field, call) => expectRefused(call(), field));
});

describe('negative numbers are refused', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['page_size', () => tracker.listEvents({ conversationId: known, pageSize: -1 })],
    ['page_size', () => tracker.listConversations({ pageSize: -1 })],
    ['max_events', () => tracker.getTracker({ conversationId: known, maxEvents: -1 })],
    ['max_batch_size', () => new Subscriber(tracker, { maxBatchSize: -1 }).next()],
    ['first_sequence', () => tracker.listEvents({ conversationId: known, firstSequence: -1n })],
    ['last_sequence', () => tracker.listEvents({ conversationId: known, lastSequence: -1n })],
    ['sequences[1]', () => tracker.redactEvents({ conversationId: known, sequences: [1n, 0n] })],
    [
      'first_kept_sequence',
      () => tracker.truncateConversation({ conversationId: known, firstKeptSequence: 0n }),
    ],
    ['expected_sequence', () => tracker.deleteConversation({ conversationId: known, expectedSequence: -1n })],
  ])('as %s', (field, call) => expectRefused(call(), field));
});

describe('erasures of what is not there are refused', () => {
  test('sequences that the conversation has not reached', async () => {
    await expectRefused(tracker.redactEvents({ conversationId: known, sequences: [1n, 2n] }), 'sequences');
    await expectRefused(
      tracker.truncateConversation({ conversationId: known, firstKeptSequence: 3n }),
      'first_kept_sequence',
    );
    await expectRefused(tracker.redactEvents({ conversationId: known, sequences: [] }), 'sequences');
  });
});

describe('a subscription is refused', () => {
  test.each<[string, { seconds: bigint; nanos: number }]>([
    ['under 100 ms', { seconds: 0n, nanos: 99_999_999 }],
    ['over an hour', { seconds: 3_600n, nanos: 1 }],
    ['negative', { seconds: -1n, nanos: 0 }],
  ])('with a heartbeat interval %s', (_, heartbeatInterval) =>
    expectRefused(new Subscriber(tracker, { heartbeatInterval }).next(), 'heartbeat_interval'),
  );

  test('with a time that is none', () =>
    expectRefused(
      new Subscriber(tracker, { start: { case: 'time', value: time(2n ** 62n) } }).next(),
      'time',
    ));

  test.each<[string, object]>([
    ['filter.types[0]', { types: [''] }],
    ['filter.names[0]', { names: ['a\0'] }],
    ['filter.conversation_id_prefix', { conversationIdPrefix: '\n' }],
  ])('with a bad %s', (field, filter) => expectRefused(new Subscriber(tracker, { filter }).next(), field));
});
