import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { SessionBoundary } from '#gen/trackside/v1/event_pb.js';
import { EventVerbosity, GetTrackerResponseSchema } from '#gen/trackside/v1/tracker_service_pb.js';
import { append, type EventInit, failureOf, numbered, some, time, tooLarge, upTo } from './calls.js';
import { cleanUp, startSidecar, temporaryFolder } from './sidecar.js';

const domain = `
version: "3.1"
slots:
  city: {type: text, initial_value: Berlin, mappings: []}
  guests: {type: float, mappings: []}
`;

let tracker: TrackerClient;
/** A sidecar with a domain file. */
let withDomain: TrackerClient;
/** The test's own conversation. */
let id: string;
let tests = 0;
beforeAll(async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'domain.yml');
  await writeFile(path, domain);
  const [plain, configured] = await Promise.all([
    startSidecar({ storage: `sqlite:${join(folder, 'trackside.db')}` }),
    startSidecar({ env: { TRACKSIDE_TRACKER_DOMAIN: path } }),
  ]);
  [tracker, withDomain] = [plain.tracker, configured.tracker];
});
beforeEach(() => {
  id = `conversation-${++tests}`;
});
afterAll(cleanUp);

type Request = Omit<NonNullable<Parameters<TrackerClient['getTracker']>[0]>, '$typeName' | 'conversationId'>;

/** The tracker, with its events' sequences. */
async function read(request: Request = {}, client = tracker) {
  const { tracker: found, nextPageToken } = await client.getTracker({ ...request, conversationId: id });
  return { ...found!, sequences: found!.events.map(({ sequence }) => Number(sequence)), nextPageToken };
}

const event = (type: string, data: object = {}, name = ''): EventInit => ({
  type,
  name,
  data: JSON.stringify({ event: type, ...(name === '' ? {} : { name }), ...data }),
});
const sessionStart = event('action', {}, 'action_session_start');
const listen = event('action', {}, 'action_listen');
const user = (text: string) =>
  event('user', { text, input_channel: 'rest', parse_data: { text, intent: { name: 'greet' } } });
const slot = (name: string, value: unknown) => event('slot', { value }, name);

describe('sessions', () => {
  const dialogue = [
    user('before any'),
    sessionStart,
    event('session_started'),
    listen,
    user('first'),
    sessionStart,
    event('session_started'),
    listen,
  ];

  test.each([
    ['the default boundary', SessionBoundary.UNSPECIFIED, 6],
    ['an action_session_start', SessionBoundary.ACTION_SESSION_START, 6],
    ['a session_started', SessionBoundary.SESSION_STARTED, 7],
  ])('begin at %s', async (_, sessionBoundary, first) => {
    await append(tracker, id, dialogue);
    const { sequences, firstSequence, sequence } = await read({ sessionBoundary });
    expect(sequences).toEqual(upTo(8, first));
    expect([firstSequence, sequence]).toEqual([BigInt(first), 8n]);
  });

  test('are all read where that is asked for', async () => {
    await append(tracker, id, dialogue);
    const { sequences, firstSequence } = await read({ allSessions: true });
    expect(sequences).toEqual(upTo(8));
    expect(firstSequence).toBe(1n);
  });

  test('are one where nothing began any', async () => {
    await append(tracker, id, [user('a'), user('b')]);
    expect((await read()).sequences).toEqual([1, 2]);
  });

  test('of another name or type begin none', async () => {
    await append(tracker, id, [
      user('a'),
      event('action', {}, 'session_started'),
      event('bot', {}, 'action_session_start'),
    ]);
    expect((await read()).sequences).toEqual([1, 2, 3]);
    expect((await read({ sessionBoundary: SessionBoundary.SESSION_STARTED })).sequences).toEqual([1, 2, 3]);
  });
});

describe('verbosity', () => {
  beforeEach(async () => {
    await append(tracker, id, [
      listen,
      user('a'),
      event('restart'),
      listen,
      user('b'),
      event('action', {}, 'utter_b'),
      event('undo'),
    ]);
  });

  test.each([
    ['the default', EventVerbosity.UNSPECIFIED, [1, 2, 3, 4, 5, 6, 7]],
    ['ALL', EventVerbosity.ALL, [1, 2, 3, 4, 5, 6, 7]],
    ['AFTER_RESTART', EventVerbosity.AFTER_RESTART, [4, 5, 6, 7]],
    ['NONE', EventVerbosity.NONE, []],
  ])('%s shows what it says', async (_, eventVerbosity, expected) => {
    for (const includeState of [false, true]) {
      expect((await read({ eventVerbosity, includeState })).sequences).toEqual(expected);
    }
  });

  test('APPLIED leaves out what was undone or reset', async () => {
    const { sequences } = await read({ eventVerbosity: EventVerbosity.APPLIED });
    expect(sequences).not.toContain(6);
    expect(sequences).not.toContain(2);
    expect(sequences).toContain(5);
  });

  test('NONE still tells where the conversation stands', async () => {
    const { sequence, firstSequence, nextPageToken } = await read({ eventVerbosity: EventVerbosity.NONE });
    expect([sequence, firstSequence, nextPageToken]).toEqual([7n, 1n, '']);
  });
});

describe('state', () => {
  test('is left out where it is not asked for', async () => {
    await append(tracker, id, [slot('city', 'Rome')]);
    expect((await read()).state).toBeUndefined();
  });

  test('is derived from the events', async () => {
    await append(tracker, id, [
      listen,
      { ...user('hi'), eventTime: time(7n) },
      slot('city', 'Rome'),
      event('active_loop', {}, 'order_form'),
      { ...event('followup', {}, 'utter_next'), eventTime: time(9n, 5_000) },
      { ...event('pause'), eventTime: time(10n) },
    ]);
    const { state } = await read({ includeState: true, eventVerbosity: EventVerbosity.NONE });
    expect(state).toMatchObject({
      slots: { city: '"Rome"' },
      latestEventTime: time(10n),
      followupAction: 'utter_next',
      paused: true,
      activeLoop: { name: 'order_form' },
      latestInputChannel: 'rest',
    });
    expect(JSON.parse(state!.latestMessage)).toMatchObject({ text: 'hi', intent: { name: 'greet' } });
  });

  test('has only the slots that events set, without a domain file', async () => {
    await append(tracker, id, [slot('other', 1)]);
    expect((await read({ includeState: true })).state?.slots).toEqual({ other: '1' });
  });

  test('has the slots of the domain file and their initial values', async () => {
    await append(withDomain, id, [slot('guests', 2), slot('unknown', 1)]);
    const { state } = await read({ includeState: true }, withDomain);
    expect(state?.slots).toMatchObject({ city: '"Berlin"', guests: '2' });
    expect(state?.slots).not.toHaveProperty('unknown');
  });

  test('of a conversation without events is the beginning', async () => {
    const { state, sequence } = await read({ includeState: true }, withDomain);
    expect(state?.slots).toMatchObject({ city: '"Berlin"', guests: 'null' });
    expect(sequence).toBe(0n);
  });

  test('is of the stretch that is read', async () => {
    await append(tracker, id, [slot('a', 1), sessionStart, slot('b', 2)]);
    expect((await read({ includeState: true })).state?.slots).toEqual({ b: '2' });
    expect((await read({ includeState: true, allSessions: true })).state?.slots).toEqual({ a: '1', b: '2' });
  });
});

describe('until a time', () => {
  beforeEach(() =>
    append(
      tracker,
      id,
      [10n, 20n, 20n, 30n].map((seconds, i) => ({ ...slot('n', i + 1), eventTime: time(seconds) })),
    ),
  );

  test.each([
    ['9', [], '{}'],
    ['10', [1], '{"n":"1"}'],
    ['19.999999', [1], '{"n":"1"}'],
    ['20', [1, 2, 3], '{"n":"3"}'],
    ['40', [1, 2, 3, 4], '{"n":"4"}'],
  ])('%s, events and state are those of that time', async (seconds, sequences, slots) => {
    const [whole = '', micros = '0'] = seconds.split('.');
    const untilTime = time(BigInt(whole), Number(micros) * 1_000);
    const found = await read({ untilTime, includeState: true });
    expect(found.sequences).toEqual(sequences);
    expect(JSON.stringify(found.state?.slots)).toBe(slots);
    expect((await read({ untilTime })).sequences).toEqual(sequences);
  });
});

describe('the newest events', () => {
  test('are as many as asked for, and the state is of all', async () => {
    await append(tracker, id, [slot('a', 1), slot('b', 2), slot('c', 3)]);
    for (const request of [{}, { untilTime: time(2n ** 32n) }, { eventVerbosity: EventVerbosity.APPLIED }]) {
      const { sequences, nextPageToken } = await read({ ...request, maxEvents: 2 });
      expect([sequences, nextPageToken]).toEqual([[2, 3], '']);
    }
    const { state, sequences } = await read({ maxEvents: 1, includeState: true });
    expect(sequences).toEqual([3]);
    expect(state?.slots).toEqual({ a: '1', b: '2', c: '3' });
  });
});

describe('more than a response holds', () => {
  const limit = 3 << 20;
  const large = (n: number, bytes: number) => event('slot', { value: 'x'.repeat(bytes) }, `s${n}`);

  /** All pages, newest first. */
  async function readPages(request: Request) {
    const pages: number[][] = [];
    let pageToken = '';
    do {
      const response = await tracker.getTracker({ ...request, conversationId: id, pageToken });
      expect(toBinary(GetTrackerResponseSchema, response).length).toBeLessThanOrEqual(limit);
      expect(response.tracker!.state === undefined).toBe(!request.includeState || pageToken !== '');
      pages.push(response.tracker!.events.map(({ sequence }) => Number(sequence)));
      pageToken = response.nextPageToken;
    } while (pageToken !== '');
    return pages;
  }

  test.each<[string, Request]>([
    ['plain', {}],
    ['with state', { includeState: true }],
    ['applied', { eventVerbosity: EventVerbosity.APPLIED }],
    ['until a time', { untilTime: time(2n ** 32n) }],
  ])('comes in pages, each event once: %s', async (_, request) => {
    for (const n of upTo(11)) await append(tracker, id, [large(n % 2, 700_000)]);
    const pages = await readPages(request);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.toReversed().flat()).toEqual(upTo(11));
  });

  test('pages stay within the stretch and the number asked for, whatever comes meanwhile', async () => {
    for (const n of upTo(9))
      await append(tracker, id, n === 2 ? [sessionStart, large(n, 700_000)] : [large(n, 700_000)]);
    const first = await tracker.getTracker({ conversationId: id, maxEvents: 6 });
    await append(tracker, id, [sessionStart, large(1, 10)]);
    const { nextPageToken: pageToken } = first;
    const second = await tracker.getTracker({ conversationId: id, maxEvents: 6, pageToken });
    const sequences = [...second.tracker!.events, ...first.tracker!.events].map(({ sequence }) =>
      Number(sequence),
    );
    expect(sequences).toEqual(upTo(10, 5));
    expect(second.nextPageToken).toBe('');
  });

  test('pages of what counts stay the same, whatever is taken back meanwhile', async () => {
    const eventVerbosity = EventVerbosity.APPLIED;
    for (const n of upTo(6)) await append(tracker, id, [large(n, 700_000)]);
    const first = await tracker.getTracker({ conversationId: id, eventVerbosity });
    await append(tracker, id, [event('restart')]);
    const { nextPageToken: pageToken } = first;
    const second = await tracker.getTracker({ conversationId: id, eventVerbosity, pageToken });
    const events = [...second.tracker!.events, ...first.tracker!.events];
    expect(events.map(({ sequence }) => Number(sequence))).toEqual(upTo(6));
    expect((await read({ eventVerbosity })).sequences).toEqual([]);
  });

  test('fits beside a large state, with the events on the next pages', async () => {
    for (const n of upTo(3)) await append(tracker, id, [large(n, 1_000_000)]);
    await append(tracker, id, [event('bot', { text: 'x'.repeat(1_000_000) })]);
    const pages = await readPages({ includeState: true });
    expect(pages.toReversed().flat()).toEqual(upTo(4));
  });

  test('a state that is too large is refused, and the events can still be read', async () => {
    for (const n of upTo(4)) await append(tracker, id, [large(n, 1_000_000)]);
    expect(await failureOf(read({ includeState: true }))).toMatchObject(tooLarge('response_bytes', limit));
    expect((await readPages({})).toReversed().flat()).toEqual(upTo(4));
  });
});

describe('an erased event is on no tracker', () => {
  beforeEach(() =>
    append(
      tracker,
      id,
      upTo(6).map((n) => slot(`s${n}`, n)),
    ),
  );

  test('redacted', async () => {
    await tracker.redactEvents({ conversationId: id, sequences: [2n, 6n] });
    const { sequences, sequence, firstSequence, state } = await read({ includeState: true });
    expect(sequences).toEqual([1, 3, 4, 5]);
    expect([firstSequence, sequence]).toEqual([1n, 6n]);
    expect(state?.slots).not.toHaveProperty('s2');
  });

  test('truncated', async () => {
    await tracker.truncateConversation({ conversationId: id, firstKeptSequence: 5n });
    expect(await read()).toMatchObject({ sequences: [5, 6], firstSequence: 5n, sequence: 6n });
    await tracker.truncateConversation({ conversationId: id, firstKeptSequence: 7n });
    expect(await read()).toMatchObject({ sequences: [], sequence: 6n });
    expect(await append(tracker, id, some(1))).toMatchObject({ firstSequence: 7n });
    expect((await tracker.getConversation({ conversationId: id })).conversation).toMatchObject({
      firstSequence: 7n,
    });
  });

  test('deleted, and a new life begins behind it', async () => {
    const first = await append(tracker, id, [numbered(7)], 'turn');
    await tracker.deleteConversation({ conversationId: id });
    expect(await read()).toMatchObject({ sequences: [], sequence: 0n, firstSequence: 0n });
    const again = await append(tracker, id, [numbered(8)], 'turn');
    expect(again).toMatchObject({ firstSequence: first.lastSequence + 1n, duplicate: false });
    expect(await read({ allSessions: true })).toMatchObject({
      sequences: [8],
      firstSequence: 8n,
      sequence: 8n,
    });
  });
});
