import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { QueueStore } from '#src/storage/ports/queue.js';
import type { TrackerStore } from '#src/storage/ports/tracker.js';
import { contradictionsIn } from './sqlite-lines.js';
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

  test('has each message that was pushed until it is acknowledged, and the locks that were held', () =>
    withPath(async (path) => {
      const said = new Map<string, string>();
      for (const count of [30, 400]) {
        for (const line of await linesUntilKilled('queue', path, count)) {
          const [what, value] = line.split(' ') as [string, string];
          said.set(what === 'held' ? what : value, what === 'held' ? value : what);
        }
        expect(withFile(path, contradictionsIn)).toEqual([]);
        await withStore(path, async (_, { queue, lock }) => {
          const values = await valuesIn(queue!);
          const isThere = new Set<unknown>(values);
          expect(isThere.size).toBe(values.length);
          const wrong = [...said].filter(([value, what]) =>
            isThere.has(value) ? what === 'acked' : what === 'pushed',
          );
          expect(wrong).toEqual([]);
          const held = await lock!.get('held', 0, Date.now() * 1_000);
          expect(`${held?.holder.fence}`).toBe(said.get('held'));
        });
      }
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
  return Number((await linesUntilKilled(task, path, count)).at(count - 1));
}

/** Lets a child work until it said so many lines, kills it, and answers all that it said. */
async function linesUntilKilled(task: string, path: string, count: number): Promise<readonly string[]> {
  const child = startChild(task, path);
  const said = child.lines[Symbol.asyncIterator]();
  const lines: string[] = [];
  for (let next = await said.next(); !next.done; next = await said.next()) {
    if (lines.push(next.value) === count) await child.kill();
  }
  expect(lines.length).toBeGreaterThanOrEqual(count);
  return lines;
}

/** The values of a queue's messages, in whatever state. */
async function valuesIn(queue: QueueStore): Promise<readonly unknown[]> {
  const states = ['ready', 'delayed', 'in_flight', 'parked'] as const;
  const query = { queueId: 'q', after: 0, limit: 100_000, maxBytes: 1e9 };
  const pages = states.map((state) => queue.peek({ ...query, state }, Date.now() * 1_000));
  return (await Promise.all(pages)).flatMap(({ messages }) => messages.map(({ value }) => value));
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
