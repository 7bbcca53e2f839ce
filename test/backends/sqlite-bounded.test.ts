import { closeSync, openSync, writeSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { NewEvent, TrackerStore } from '#src/storage/ports/tracker.js';
import { newAppend, rejection, wide, withFile, withPath, withStore } from './sqlite-tools.js';

const sessions = 10;
const appendsPerSession = 100;
const trees = ['events', 'log', 'log_sequences', 'log_append_ids', 'session_starts'];

/**
 * Every page of the events, of the log and of its indexes, but for the last pages and those above them, is
 * overwritten with garbage: whatever reads the past fails.
 */
describe('with all of the past unreadable', () => {
  test.each(['action_session_start', 'session_started'] as const)(
    'the last session is read (%s)',
    (boundary) =>
      withPath(async (path) => {
        await withStore(path, fill);
        expect(wreckThePast(path)).toBeGreaterThan(100);
        await withStore(path, async (store) => {
          const range = {
            start: { session: boundary },
            end: undefined,
            order: 'oldest_first',
            ...wide,
          } as const;
          const page = await store.read('a', range);
          expect(page.start).toBe(
            (sessions - 1) * appendsPerSession + (boundary === 'session_started' ? 2 : 1),
          );
          expect(page.events.at(-1)?.sequence).toBe(sessions * appendsPerSession);
          expect(page.events).toHaveLength(sessions * appendsPerSession - page.start + 1);
          const newest = await store.read('a', { ...range, order: 'newest_first', maxEvents: 5 });
          expect(newest.events).toHaveLength(5);
          expect((await rejection(store.read('a', { ...range, start: 1 }))).reason).toBe('STORE_UNAVAILABLE');
        });
      }),
  );

  test('appends are stored, repeated and refused, and the log goes on', () =>
    withPath(async (path) => {
      await withStore(path, fill);
      wreckThePast(path);
      await withStore(path, async (store) => {
        const append = { ...newAppend('a', 'new'), expectation: sessions * appendsPerSession };
        const outcomes = await store.append([append, append, { ...append, appendId: 'newer' }]);
        expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'repeated', 'conflict']);
        const page = await store.readLog(0, sessions * appendsPerSession, wide);
        expect(page.entries).toHaveLength(1);
      });
    }));
});

async function fill(store: TrackerStore): Promise<void> {
  for (let session = 0; session < sessions; session++) {
    const appends = Array.from({ length: appendsPerSession }, (_, i) => {
      const append = newAppend('a', `${1e6 + session * appendsPerSession + i}`, 1, 1000);
      return { ...append, events: append.events.map((event) => beginning(event, i)) };
    });
    await store.append(appends);
  }
}

function beginning(event: NewEvent, index: number): NewEvent {
  if (index === 0) return { ...event, type: 'action', name: 'action_session_start' };
  return index === 1 ? { ...event, type: 'session_started' } : event;
}

/** Overwrites leaves from the first to before the last session's; answers how many. */
function wreckThePast(path: string): number {
  const { pages, pageSize } = withFile(path, (database) => ({
    pages: trees.flatMap((tree) => pastLeaves(database.prepare(leavesOf).all(tree))),
    pageSize: database.prepare('PRAGMA page_size').get().page_size,
  }));
  const file = openSync(path, 'r+');
  for (const page of pages) writeSync(file, Buffer.alloc(pageSize, 0xee), 0, pageSize, (page - 1) * pageSize);
  closeSync(file);
  return pages.length;
}

const leavesOf = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path";

function pastLeaves(leaves: readonly { pageno: number }[]): number[] {
  const kept = Math.ceil(leaves.length / sessions) + 2;
  return leaves.slice(0, Math.max(leaves.length - kept, 0)).map(({ pageno }) => pageno);
}
