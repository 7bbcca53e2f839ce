import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { TrackerStore } from '#src/storage/ports/tracker.js';
import { newAppend, startChild, wide, withFile, withPath, withStore } from './sqlite-tools.js';

describe('a SQLite store whose process is killed', () => {
  test('has every append that was answered, each whole, once and in order', () =>
    withPath(async (path) => {
      for (const count of [5, 40, 120]) {
        const acknowledged = await killAfter('append', path, count);
        await withStore(path, async (store) => {
          const stored = await wholeLog(store);
          expect(stored).toBeGreaterThanOrEqual(acknowledged);
          const again = await store.append([newAppend('conversation-1', `${acknowledged}`, 2)]);
          expect(again[0]!.status).toBe('repeated');
        });
      }
    }));

  test('goes on scrubbing where it was', () =>
    withPath(async (path) => {
      await killAfter('scrub', path, 20);
      const left = countEvents(path);
      expect(left).toBeLessThan(1000);
      expect(left).toBeGreaterThan(0);
      await withStore(path, async (store) => {
        let steps = 1;
        while (await store.scrub(100, 0)) steps += 1;
        expect(steps).toBe(Math.ceil(left / 100));
        expect((await store.readLog(0, 0, wide)).entries).toHaveLength(2);
      });
      expect(countEvents(path)).toBe(0);
    }));
});

test('nothing of an erased event is left in the file', () =>
  withPath(async (path) => {
    await withStore(path, async (store) => {
      const target = { conversationId: 'a', digest: 'd' };
      await store.append([named('first'), named('second'), named('third')]);
      await store.erase({ ...target, kind: 'redact', requestId: '1', sequences: [2] });
      await store.erase({ ...target, kind: 'truncate', requestId: '2', firstKept: 2 });
      while (await store.scrub(1, 0));
    });
    const file = readFileSync(path);
    expect(['first', 'second', 'third'].map((name) => file.includes(`secret of the ${name}`))).toEqual([
      false,
      false,
      true,
    ]);
  }));

function named(name: string) {
  const event = {
    type: 'user',
    name: '',
    eventTime: undefined,
    data: `{"text":"secret of the ${name}"}`,
    metadata: '',
  };
  return { ...newAppend('a', name), events: [event] };
}

/** Lets a child work until it said so many lines, kills it, and answers the last line's number. */
async function killAfter(task: string, path: string, count: number): Promise<number> {
  const child = startChild(task, path);
  let last = '';
  let said = 0;
  for await (const line of child.lines) {
    last = line;
    if (++said === count) break;
  }
  await child.kill();
  expect(said).toBe(count);
  return Number(last);
}

/** Checks that the log is the child's appends, dense and in order; answers the last one's number. */
async function wholeLog(store: TrackerStore): Promise<number> {
  const { entries, end } = await store.readLog(0, 0, wide);
  let position = 0;
  const expected = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind !== 'append') throw new Error('an erasure');
    expect([entry.first, entry.events.length]).toEqual([position + 1, 2]);
    const before = expected.get(entry.conversationId) ?? 0;
    expect(entry.events.map(({ sequence }) => sequence)).toEqual([before + 1, before + 2]);
    expected.set(entry.conversationId, before + 2);
    position = entry.position;
  }
  expect(end.position).toBe(position);
  expect(new Set(expected.values()).size).toBe(1);
  return expected.get('conversation-1')! / 2;
}

function countEvents(path: string): number {
  return withFile(path, (database) => database.prepare('SELECT count(*) AS events FROM events').get().events);
}
