import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { Discontinuity_Reason as Reason } from '#gen/trackside/v1/tracker_service_pb.js';
import { appendRequest, readOn, readPages, shownOf } from '../conformance/grpc-subject.js';
import { Keeper } from '../conformance/keeper.js';
import { call } from '../conformance/tools.js';
import * as validate from '../conformance/validators.js';
import { cleanUp, startSidecar } from '../e2e/sidecar.js';
import { isThere, type Running, serverNamed, startThrowaway } from '../servers/servers.js';
import { cli, pidOf, until } from './redis-site.js';

let running: Running | undefined;
afterEach(async () => {
  await cleanUp();
  await running?.[Symbol.asyncDispose]();
  running = undefined;
});

/** Appends, and answers of each append a reader that keeps what it had of the conversation then. */
async function append(tracker: TrackerClient, ...ids: readonly string[]): Promise<readonly Keeper[]> {
  const keepers = [];
  for (const id of ids) {
    await tracker.appendEvents(appendRequest(call('c', id)));
    const keeper = new Keeper({ conversationId: 'c', boundary: undefined });
    await keepUp(tracker, keeper);
    keepers.push(keeper);
  }
  return keepers;
}

const keepUp = (tracker: TrackerClient, keeper: Keeper) =>
  keeper.read((kept, revision) => readOn(tracker, kept, revision));

interface Stream {
  readonly ids: string[];
  readonly cursors: string[];
  reason: Reason | undefined;
  cursor: string;
}

/** Follows from a cursor, or the beginning: to the log's end, or as long as it goes. */
async function follow(
  tracker: TrackerClient,
  cursor: string | undefined,
  toTheEnd: boolean,
  stream: Stream = { ids: [], cursors: [], reason: undefined, cursor: cursor ?? '' },
): Promise<Stream> {
  const start =
    cursor === undefined
      ? ({ case: 'beginning', value: {} } as const)
      : ({ case: 'cursor', value: cursor } as const);
  for await (const { item } of tracker.subscribeEvents({ start, maxBatchSize: 1 })) {
    const shown = item.case && shownOf(item);
    if (shown?.kind === 'events') {
      stream.ids.push(...shown.events.map((event) => event.appendId));
      stream.cursors.push((item.value as { cursor: string }).cursor);
    }
    if (item.case === 'discontinuity') {
      stream.reason = item.value.reason;
      stream.cursor = item.value.oldestCursor;
      return stream;
    }
    if (item.case === 'caughtUp' && toTheEnd) return stream;
  }
  return stream;
}

const server = serverNamed('redis-sentinel');
(isThere(server) && !process.env[server.variable] ? describe : describe.skip)('a failover', () => {
  test('that loses acknowledged writes ends every stream that saw them', async () => {
    running = await startThrowaway(server);
    const [, first] = /127\.0\.0\.1:(\d+)/.exec(running.url)!;
    const sentinel = Number(first);
    const portOf = async (...of: readonly string[]) => (await cli(sentinel, 'sentinel', ...of)).split('\n');
    const master = Number((await portOf('get-master-addr-by-name', 'main'))[1]);
    const replica = Number(
      (await portOf('replicas', 'main')).find((line) => /^127.*:/.test(line))!.split(':')[1],
    );
    const options = { storage: running.url, env: { TRACKSIDE_TRACKER_PARTITIONS: '1' } };
    const [{ tracker }, other] = [await startSidecar(options), await startSidecar(options)];

    const kept = await append(tracker, 'a1', 'a2');
    await cli(master, 'wait', '1', '5000');
    // The replica hears nothing more.
    process.kill(pidOf(running.folder!, replica), 'SIGSTOP');
    await cli(master, 'client', 'kill', 'type', 'replica');
    const lost = await append(tracker, 'b1', 'b2', 'b3');
    const before = await follow(tracker, undefined, true);
    expect(before.ids).toEqual(['a1', 'a2', 'b1', 'b2', 'b3']);
    const live: Stream = { ids: [], cursors: [], reason: undefined, cursor: '' };
    const living = follow(other.tracker, undefined, false, live).catch(() => live);
    await until(async () => live.ids.length === 5);

    process.kill(pidOf(running.folder!, master), 'SIGKILL');
    process.kill(pidOf(running.folder!, replica), 'SIGCONT');
    await until(
      () =>
        tracker.appendEvents(appendRequest(call('c', 'b2'))).then(
          () => true,
          () => false,
        ),
      60_000,
    );
    expect(await portOf('get-master-addr-by-name', 'main')).toContain(`${replica}`);

    const all = { conversationId: 'c', first: 0, last: undefined, newestFirst: false, pageSize: 100 };
    const stored = await readPages(tracker, all);
    const now = stored.map((event) => event.appendId);
    expect(now).toEqual(['a1', 'a2', 'b2']);
    for (const keeper of [...kept, ...lost]) {
      expect(await keepUp(tracker, keeper)).toBe(kept.includes(keeper));
      validate.keptUp(keeper.events, stored);
    }
    // A stream that was open ends: it is told, or is cut off with the store and told when it comes back.
    await Promise.race([living, sleep(20_000, undefined, { ref: false })]);
    if (live.reason !== undefined) expect(live.reason).toBe(Reason.ROLLED_BACK);
    expect(live.ids).toEqual(before.ids);
    for (const { tracker: through } of [{ tracker }, other]) {
      for (const [i, cursor] of before.cursors.entries()) {
        const after = await follow(through, cursor, true);
        expect(after.reason).toBe(i < 2 ? undefined : Reason.ROLLED_BACK);
        expect(after.ids).toEqual(i < 2 ? now.slice(i + 1) : []);
        expect((await follow(through, after.cursor, true)).ids).toEqual(i < 2 ? after.ids : now);
      }
    }
  }, 120_000);
});
