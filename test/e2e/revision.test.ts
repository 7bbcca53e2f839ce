import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { SessionBoundary } from '#gen/trackside/v1/event_pb.js';
import { EventVerbosity } from '#gen/trackside/v1/tracker_service_pb.js';
import { append, badInput, type EventInit, failureOf, numbered, some, time, upTo } from './calls.js';
import { cleanUp, startSidecar } from './sidecar.js';

let tracker: TrackerClient;
/** The test's own conversation. */
let id: string;
let tests = 0;
beforeAll(async () => {
  ({ tracker } = await startSidecar());
});
beforeEach(() => {
  id = `conversation-${++tests}`;
});
afterAll(cleanUp);

type Request = Omit<NonNullable<Parameters<TrackerClient['getTracker']>[0]>, '$typeName'>;

/** The tracker, with its events' sequences. */
async function read(request: Request = {}) {
  const { tracker: found, nextPageToken } = await tracker.getTracker({ conversationId: id, ...request });
  return { ...found!, sequences: found!.events.map(({ sequence }) => Number(sequence)), nextPageToken };
}

const sessionStart: EventInit = { type: 'action', name: 'action_session_start', data: '{}' };
const slot = (name: string, value: unknown): EventInit => ({
  type: 'slot',
  name,
  data: JSON.stringify({ event: 'slot', name, value }),
});

describe('a reader that names the revision it has', () => {
  test('is sent what came behind it, and a revision to go on with', async () => {
    await append(tracker, id, some(3));
    const first = await read();
    expect(first).toMatchObject({ sequences: [1, 2, 3], continued: false });
    const unchanged = await read({ knownRevision: first.revision });
    expect(unchanged).toMatchObject({ sequences: [], continued: true, sequence: 3n, firstSequence: 1n });
    await append(tracker, id, some(2));
    for (const { revision } of [first, unchanged]) {
      const next = await read({ knownRevision: revision });
      expect(next).toMatchObject({ sequences: [4, 5], continued: true, sequence: 5n, firstSequence: 1n });
      expect((await read({ knownRevision: next.revision })).sequences).toEqual([]);
    }
  });

  test('is told where the session begins that began since', async () => {
    await append(tracker, id, some(3));
    const { revision: knownRevision } = await read();
    await append(tracker, id, [numbered(4), sessionStart, numbered(6)]);
    expect(await read({ knownRevision })).toMatchObject({
      sequences: [5, 6],
      continued: true,
      firstSequence: 5n,
    });
  });

  test.each<[string, () => Promise<unknown>, number[]]>([
    ['redacted', () => tracker.redactEvents({ conversationId: id, sequences: [2n] }), [1, 3, 4]],
    ['truncated', () => tracker.truncateConversation({ conversationId: id, firstKeptSequence: 3n }), [3, 4]],
    ['deleted', () => tracker.deleteConversation({ conversationId: id }), [4]],
  ])('is sent all of it where something was %s', async (_, erase, left) => {
    await append(tracker, id, some(3), 'turn');
    const { revision: knownRevision } = await read();
    await erase();
    await append(tracker, id, some(1), 'next');
    const anew = await read({ knownRevision });
    expect(anew).toMatchObject({ sequences: left, continued: false });
    await append(tracker, id, some(1));
    const next = await read({ knownRevision: anew.revision });
    expect(next).toMatchObject({ sequences: [5], continued: true });
  });

  test('gets the state of the whole stretch', async () => {
    await append(tracker, id, [slot('a', 1), sessionStart, slot('b', 2)]);
    const { revision } = await read({ includeState: true });
    await append(tracker, id, [slot('c', 3)]);
    const next = await read({ includeState: true, knownRevision: revision });
    expect(next).toMatchObject({ sequences: [4], continued: true, firstSequence: 2n });
    expect(next.state?.slots).toEqual({ b: '2', c: '3' });
    expect(await read({ includeState: true, knownRevision: next.revision })).toMatchObject({
      sequences: [],
      state: { slots: { b: '2', c: '3' } },
    });
  });

  test('raises a fence first, also where nothing is new', async () => {
    await append(tracker, id, some(1));
    const { revision: knownRevision } = await read({ fence: 5n });
    expect(await read({ knownRevision, fence: 6n })).toMatchObject({ sequences: [], continued: true });
    expect(await failureOf(read({ knownRevision, fence: 5n }))).toMatchObject({ reason: 'FENCE_STALE' });
  });

  test('is sent all of it by another store', async () => {
    const other = (await startSidecar()).tracker;
    for (const one of [tracker, other]) await append(one, id, some(3), 'same');
    const { revision: knownRevision } = await read();
    const { tracker: found } = await other.getTracker({ conversationId: id, knownRevision });
    expect(found).toMatchObject({ continued: false });
    expect(found!.events).toHaveLength(3);
  });
});

describe('more than a page is new', () => {
  const large = (n: number): EventInit => slot(`s${n % 2}`, 'x'.repeat(700_000));

  test.each<[string, Request]>([
    ['plain', {}],
    ['with state', { includeState: true }],
    ['of all sessions', { allSessions: true }],
  ])('it comes in pages, back to what is known: %s', async (_, request) => {
    await append(tracker, id, [numbered(1), sessionStart, numbered(3)]);
    for (const n of upTo(5)) await append(tracker, id, [large(n)]);
    const before = await read(request);
    for (const n of upTo(9)) await append(tracker, id, [large(n)]);
    const newest = await read({ ...request, knownRevision: before.revision });
    const pages = [newest];
    for (let { nextPageToken: pageToken } = newest; pageToken !== ''; ) {
      // What comes and goes meanwhile is no matter.
      await append(tracker, id, [numbered(0)]);
      const page = await read({ ...request, pageToken });
      expect(page).toMatchObject({ continued: true, firstSequence: newest.firstSequence, revision: '' });
      expect(page.sequences).not.toEqual([]);
      pages.push(page);
      pageToken = page.nextPageToken;
    }
    expect(pages.length).toBeGreaterThan(2);
    expect(newest.continued).toBe(true);
    expect(pages.toReversed().flatMap(({ sequences }) => sequences)).toEqual(upTo(17, 9));
    const next = await read({ ...request, knownRevision: newest.revision });
    expect(next.sequences).toEqual(upTo(17 + pages.length - 1, 18));
  });

  test('pages of a whole read end where it does', async () => {
    for (const n of upTo(6)) await append(tracker, id, [large(n)]);
    const newest = await read();
    const { sequences, continued } = await read({ pageToken: newest.nextPageToken });
    expect([...sequences, ...newest.sequences]).toEqual(upTo(6));
    expect(continued).toBe(false);
  });
});

describe('a revision', () => {
  test.each<[string, Request]>([
    ['no events', { eventVerbosity: EventVerbosity.NONE }],
    ['the events that count', { eventVerbosity: EventVerbosity.APPLIED }],
    ['the events after a restart', { eventVerbosity: EventVerbosity.AFTER_RESTART }],
    ['those of a time', { untilTime: time(2n ** 32n) }],
    ['some', { maxEvents: 1 }],
  ])('is not of a request for %s, and does not go with one', async (_, request) => {
    await append(tracker, id, some(3));
    expect((await read(request)).revision).toBe('');
    const { revision: knownRevision } = await read();
    const field = Object.keys(request)[0]!.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    expect(await failureOf(read({ ...request, knownRevision }))).toMatchObject(
      badInput(field, expect.stringContaining('known_revision')),
    );
  });

  test('is not of a conversation without events', async () => {
    expect(await read()).toMatchObject({ revision: '', continued: false });
    await append(tracker, id, some(3));
    const { revision: knownRevision } = await read();
    await tracker.deleteConversation({ conversationId: id });
    expect(await read({ knownRevision })).toMatchObject({ revision: '', continued: false, sequence: 0n });
  });

  test('does not go with a page, whose token says where to end', async () => {
    await append(tracker, id, some(3));
    const { revision: knownRevision } = await read();
    expect(await failureOf(read({ knownRevision, pageToken: 'p1.x.y' }))).toMatchObject(
      badInput('page_token', expect.stringContaining('leave known_revision out')),
    );
  });

  test('is bound to its request', async () => {
    const conversationId = `${id}-other`;
    for (const one of [id, conversationId]) await append(tracker, one, some(3));
    const { revision: knownRevision } = await read();
    for (const request of [
      { conversationId },
      { allSessions: true },
      { sessionBoundary: SessionBoundary.SESSION_STARTED },
    ]) {
      expect(await failureOf(read({ ...request, knownRevision }))).toMatchObject(badInput('known_revision'));
    }
    const same = {
      eventVerbosity: EventVerbosity.ALL,
      sessionBoundary: SessionBoundary.ACTION_SESSION_START,
    };
    expect(await read({ ...same, knownRevision })).toMatchObject({ sequences: [], continued: true });
  });

  test.each<[string, (revision: string) => string]>([
    ['garbage', () => 'garbage'],
    ['cut', (revision) => revision.slice(0, -1)],
    ['changed', (revision) => revision.replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`)],
    ['a page token', (revision) => revision.replace('r1', 'p1')],
    ['followed by more', (revision) => `${revision}.x`],
  ])('that is %s is refused', async (_, change) => {
    await append(tracker, id, some(3));
    const { revision } = await read();
    expect(await failureOf(read({ knownRevision: change(revision) }))).toMatchObject(
      badInput('known_revision', expect.stringContaining("use a tracker's revision")),
    );
  });
});
