import { expect } from '@jest/globals';
import type { Boundary, TrackerStore } from '#src/storage/ports/tracker.js';
import { type Declare, nowAndReopened } from '../harness.js';
import {
  call,
  deletion,
  erase,
  fill,
  scrubAll,
  sessionStart,
  sessionStarted,
  stored,
  text,
} from '../tools.js';

/** The sequence that the current session starts at, and those it shows. */
async function session(store: TrackerStore, boundary: Boundary): Promise<[number, ...number[]]> {
  const range = { start: { session: boundary }, end: undefined, order: 'oldest_first' } as const;
  const page = await store.read('c', { ...range, maxEvents: 100, maxBytes: 1 << 20 });
  return [page.start, ...page.events.map((event) => event.sequence)];
}

export function sessions(it: Declare): void {
  it('begins a session at the last boundary of the profile', async (given) => {
    const { store } = given;
    const events = [sessionStart, sessionStarted, text('hi'), sessionStart, text('again')];
    await stored(store, call('c', 'a', { events }));
    await stored(store, call('c', 'b'));
    for await (const of of nowAndReopened(given)) {
      expect(await session(of, 'action_session_start')).toEqual([4, 4, 5, 6]);
      expect(await session(of, 'session_started')).toEqual([2, 2, 3, 4, 5, 6]);
    }
  });

  it('takes nothing for a boundary that only looks like one', async ({ store }) => {
    const events = [
      text('1'),
      text('2', 'user', 'action_session_start'),
      text('3', 'action', 'session_started'),
    ];
    await stored(store, call('c', 'a', { events }));
    expect(await session(store, 'action_session_start')).toEqual([1, 1, 2, 3]);
    expect(await session(store, 'session_started')).toEqual([1, 1, 2, 3]);
  });

  it('begins at the first event where no boundary was', async ({ store }) => {
    await fill(store, 'c', 2);
    expect(await session(store, 'action_session_start')).toEqual([1, 1, 2]);
  });

  it('begins where a redacted boundary was', async ({ store, reopen }) => {
    await stored(store, call('c', 'a', { events: [text('1'), sessionStart, text('3')] }));
    await erase(store, 'c', { kind: 'redact', sequences: [2] });
    await scrubAll(store);
    expect(await session(store, 'action_session_start')).toEqual([2, 3]);
    expect(await session(await reopen(), 'action_session_start')).toEqual([2, 3]);
  });

  it('begins at the first event kept where the boundary was truncated away', async ({ store }) => {
    await stored(store, call('c', 'a', { events: [sessionStart, text('2'), text('3')] }));
    await erase(store, 'c', { kind: 'truncate', firstKept: 3 });
    expect(await session(store, 'action_session_start')).toEqual([3, 3]);
    await erase(store, 'c', { kind: 'truncate', firstKept: 4 });
    expect(await session(store, 'action_session_start')).toEqual([4]);
  });

  it('knows nothing of the sessions of an earlier life', async ({ store }) => {
    await stored(store, call('c', 'a', { events: [text('1'), sessionStart] }));
    await erase(store, 'c', deletion);
    expect(await session(store, 'action_session_start')).toEqual([0]);
    await stored(store, call('c', 'b', { events: [text('3'), text('4')] }));
    expect(await session(store, 'action_session_start')).toEqual([3, 3, 4]);
  });
}
