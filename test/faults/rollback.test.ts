import { afterEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { Discontinuity_Reason as Reason } from '#gen/trackside/v1/tracker_service_pb.js';
import { open } from '#src/storage/sqlite/index.js';
import { appendRequest, readOn, readPages, shownOf } from '../conformance/grpc-subject.js';
import { Keeper } from '../conformance/keeper.js';
import type { SeenEvent } from '../conformance/observations.js';
import { call } from '../conformance/tools.js';
import * as validate from '../conformance/validators.js';
import { cleanUp, startSidecar } from '../e2e/sidecar.js';
import { Site } from './site.js';

afterEach(cleanUp);

type Start = { case: 'beginning'; value: Record<string, never> } | { case: 'cursor'; value: string };
const beginning: Start = { case: 'beginning', value: {} };
const behind = (cursor: string): Start => ({ case: 'cursor', value: cursor });

interface Stream {
  readonly events: readonly SeenEvent[];
  /** The cursor behind each batch. */
  readonly cursors: readonly string[];
  /** Where it was caught up, or would go on after a discontinuity. */
  readonly cursor: string;
  readonly endCursor: string;
  readonly reason: Reason | undefined;
}

/** Follows to the log's end, or to a discontinuity, which must be the last item. */
async function follow(tracker: TrackerClient, start: Start): Promise<Stream> {
  const events: SeenEvent[] = [];
  const cursors: string[] = [];
  let ended: Omit<Stream, 'events' | 'cursors'> | undefined;
  for await (const { item } of tracker.subscribeEvents({ start, maxBatchSize: 1 })) {
    if (ended) throw new Error(`a ${item.case} follows a discontinuity`);
    const shown = item.case && shownOf(item);
    if (shown?.kind === 'events') {
      events.push(...shown.events);
      cursors.push((item.value as { cursor: string }).cursor);
    }
    if (item.case === 'caughtUp') {
      const { cursor } = item.value;
      return { events, cursors, cursor, endCursor: cursor, reason: undefined };
    }
    if (item.case === 'discontinuity') {
      const { oldestCursor, endCursor, reason } = item.value;
      ended = { cursor: oldestCursor, endCursor, reason };
    }
  }
  return { events, cursors, ...ended! };
}

async function append(tracker: TrackerClient, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await tracker.appendEvents(appendRequest(call('c', id)));
}

async function stored(tracker: TrackerClient): Promise<readonly SeenEvent[]> {
  return readPages(tracker, {
    conversationId: 'c',
    first: 0,
    last: undefined,
    newestFirst: false,
    pageSize: 100,
  });
}

/** Readers that keep what they have of `c`: after each append one more. */
async function appendAndKeep(tracker: TrackerClient, keepers: Keeper[], ...ids: readonly string[]) {
  for (const id of ids) {
    await append(tracker, id);
    const keeper = new Keeper({ conversationId: 'c', boundary: undefined });
    await keepUp(tracker, keeper);
    keepers.push(keeper);
  }
}

const keepUp = (tracker: TrackerClient, keeper: Keeper) =>
  keeper.read((kept, revision) => readOn(tracker, kept, revision));

describe('an older copy of the file put back', () => {
  test.each([
    ['with nothing on top', []],
    ['with fewer appends on top', ['x1']],
    ['with as many other appends on top', ['x1', 'x2', 'x3']],
    ['with the same append ids in another order on top', ['b2', 'b1', 'b3']],
    ['with more appends on top', ['x1', 'x2', 'x3', 'x4', 'x5']],
  ])(
    'ends streams that saw what was lost, %s',
    async (_, onTop) => {
      const site = await Site.open();
      const keepers: Keeper[] = [];
      await appendAndKeep((await site.sidecar).tracker, keepers, 'a1', 'a2');
      await site.restart('SIGTERM', () => site.copyStore('away'));
      await appendAndKeep((await site.sidecar).tracker, keepers, 'b1', 'b2', 'b3');
      const before = await follow((await site.sidecar).tracker, beginning);
      expect(before.events).toHaveLength(5);

      await site.restart('SIGTERM', () => site.copyStore('back'));
      const { tracker } = await site.sidecar;
      await append(tracker, ...onTop);
      const now = await stored(tracker);
      expect(now.map((event) => event.appendId)).toEqual(['a1', 'a2', ...onTop]);

      // Whoever stands where both histories are one goes on; everyone else is told.
      for (const [i, cursor] of before.cursors.entries()) {
        const after = await follow(tracker, behind(cursor));
        const seen = before.events.slice(0, i + 1);
        validate.oneHistory(
          [...seen, ...after.events],
          now,
          after.reason === undefined ? undefined : Reason[after.reason],
        );
        expect(after.reason).toBe(i < 2 ? undefined : Reason.ROLLED_BACK);
        expect(after.events).toEqual(i < 2 ? now.slice(i + 1) : []);
        expect((await follow(tracker, behind(after.cursor))).events).toEqual(i < 2 ? [] : now);
        expect((await follow(tracker, behind(after.endCursor))).events).toEqual([]);
      }
      for (const [i, keeper] of keepers.entries()) {
        expect(await keepUp(tracker, keeper)).toBe(i < 2);
        validate.keptUp(keeper.events, now);
      }
    },
    60_000,
  );

  test('has a reader begin anew that knew of an erasure which is another one now', async () => {
    const site = await Site.open();
    const keepers: Keeper[] = [];
    const redact = async (sequence: bigint) =>
      (await site.sidecar).tracker.redactEvents({ conversationId: 'c', sequences: [sequence] });
    await append((await site.sidecar).tracker, 'a1', 'a2', 'a3');
    await site.restart('SIGTERM', () => site.copyStore('away'));
    await redact(1n);
    await appendAndKeep((await site.sidecar).tracker, keepers, 'a4');
    await site.restart('SIGTERM', () => site.copyStore('back'));
    await redact(2n);
    const { tracker } = await site.sidecar;
    await append(tracker, 'a4');
    expect(await keepUp(tracker, keepers[0]!)).toBe(false);
    validate.keptUp(keepers[0]!.events, await stored(tracker));
  }, 60_000);
});

test('a cursor of another store ends the stream', async () => {
  const [site, other] = [await Site.open(), await Site.open()];
  await append((await site.sidecar).tracker, 'a1');
  const { tracker } = await other.sidecar;
  await append(tracker, 'a1');
  const { cursor } = await follow((await site.sidecar).tracker, beginning);
  const after = await follow(tracker, behind(cursor));
  expect(after).toMatchObject({ reason: Reason.OTHER_STORE, events: [] });
  expect((await follow(tracker, behind(after.cursor))).events).toHaveLength(1);
});

test('a cursor from before a restart on memory ends the stream', async () => {
  const first = await startSidecar({ storage: 'memory:' });
  await append(first.tracker, 'a1');
  const { cursor } = await follow(first.tracker, beginning);
  await first.end('SIGKILL');
  const { tracker } = await startSidecar({ storage: 'memory:' });
  await append(tracker, 'a1');
  const after = await follow(tracker, behind(cursor));
  expect(after).toMatchObject({ reason: Reason.EPOCH_CHANGED, events: [] });
  expect((await follow(tracker, behind(after.cursor))).events).toHaveLength(1);
});

test('a cursor before what was trimmed ends the stream, others go on', async () => {
  const site = await Site.open();
  await append((await site.sidecar).tracker, 'a1', 'a2', 'a3', 'a4');
  const { cursors } = await follow((await site.sidecar).tracker, beginning);
  await site.restart('SIGTERM', async () => {
    const backend = await open(site.file, { partitions: undefined });
    await backend.tracker!.trim(0, 2);
    await backend[Symbol.asyncDispose]();
  });
  const { tracker } = await site.sidecar;
  const trimmed = await follow(tracker, behind(cursors[0]!));
  expect(trimmed).toMatchObject({ reason: Reason.TRIMMED, events: [] });
  for (const start of [behind(cursors[1]!), behind(trimmed.cursor), beginning]) {
    const { events, reason } = await follow(tracker, start);
    expect(reason).toBeUndefined();
    expect(events.map((event) => event.appendId)).toEqual(['a3', 'a4']);
  }
  expect(await stored(tracker)).toHaveLength(4);
});
