import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { partitionOf } from '#src/storage/partition.js';
import { inNamespace, newNamespace, shared, stopShared } from '../backends/redis-tools.js';
import { cleanUp, type Sidecar, startSidecar, temporaryFolder } from '../e2e/sidecar.js';
import { isThere, serverNamed } from '../servers/servers.js';
import { playCrowd } from './crowd.js';
import { Follower } from './follower.js';
import { appendRequest, grpcSubject, shownOf } from './grpc-subject.js';
import { history } from './history.js';
import type { SeenEvent } from './observations.js';
import { play } from './play.js';
import { call, text } from './tools.js';
import * as validate from './validators.js';
import { readAll } from './verdict.js';

afterEach(cleanUp);
afterAll(stopShared);

const numRuns = Number(process.env.TRACKSIDE_HISTORIES ?? 8);

type Engine = 'memory' | 'sqlite' | 'redis';

async function newStorage(engine: Engine): Promise<string> {
  if (engine === 'redis') return inNamespace((await shared('redis')).url, newNamespace());
  return engine === 'memory' ? 'memory:' : `sqlite:${join(await temporaryFolder(), 'trackside.db')}`;
}

/** Starts a process on new data; started again after a kill -9 where the data outlives it. */
async function startSubject(engine: Engine, partitions: number) {
  const storage = await newStorage(engine);
  let sidecar = await startSidecar({ storage, env: { TRACKSIDE_TRACKER_PARTITIONS: `${partitions}` } });
  const reopen = async () => {
    if (engine === 'memory') return;
    await sidecar.end('SIGKILL');
    sidecar = await startSidecar({ storage });
  };
  return {
    subject: grpcSubject(() => sidecar.tracker, reopen),
    end: () => sidecar.end('SIGKILL'),
  };
}

describe.each([
  ['memory', 3],
  ['sqlite', 1],
  ['sqlite', 3],
  ...(isThere(serverNamed('redis')) ? [['redis', 3] as const] : []),
] as const)('a process on %s, partitions: %i', (engine, partitions) => {
  test('does over gRPC what the model does, in random histories', async () => {
    const property = fc.asyncProperty(history, async (steps) => {
      const { subject, end } = await startSubject(engine, partitions);
      try {
        await play(subject, (id) => partitionOf(id, partitions), steps);
      } finally {
        await end();
      }
    });
    await fc.assert(property, {
      numRuns,
      verbose: 1,
      interruptAfterTimeLimit: 100_000,
      markInterruptAsFailure: true,
    });
  }, 120_000);

  test('keeps its promises while many write, follow and erase', async () => {
    const env = { TRACKSIDE_TRACKER_PARTITIONS: `${partitions}` };
    const sidecar = startSidecar({ storage: await newStorage(engine), env });
    const { events, erasures } = await playCrowd({ sidecar }, 2_000);
    expect(events).toBeGreaterThan(50);
    expect(erasures).toBeGreaterThan(0);
  }, 60_000);
});

test('a checkpoint parts what was delivered from what comes, whatever the filter', async () => {
  const { tracker } = await startSidecar({ env: { TRACKSIDE_TRACKER_PARTITIONS: '3' } });
  const cut = await collectCheckpoints(tracker);
  const stored = (await readAll(tracker)).filter(({ type }) => type === 'bot');
  expect(cut.length).toBeGreaterThan(3);
  for (const { cursor, before } of cut) {
    const later = new Follower(['bot'], cursor);
    await later.finish(tracker);
    validate.bookmarkable(before, later.events, stored);
  }
});

/** Appends while a subscriber to every fourth event listens; answers its checkpoints and what came before each. */
async function collectCheckpoints(tracker: Sidecar['tracker']) {
  const checkpoints: { cursor: string; before: readonly SeenEvent[] }[] = [];
  const shown: SeenEvent[] = [];
  const stop = new AbortController();
  const request = {
    filter: { types: ['bot'] },
    start: { case: 'beginning', value: {} } as const,
    heartbeatInterval: { nanos: 100_000_000 },
  };
  const listening = (async () => {
    for await (const { item } of tracker.subscribeEvents(request, { signal: stop.signal })) {
      const one = shownOf(item);
      if (one?.kind === 'events') shown.push(...one.events);
      if (item.case === 'checkpoint') checkpoints.push({ cursor: item.value.cursor, before: [...shown] });
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  for (let i = 0; checkpoints.length < 6; i++) {
    const events = [text(`${i}`, i % 4 === 0 ? 'bot' : 'user')];
    await tracker.appendEvents(appendRequest(call(`c-${i % 7}`, `a-${i}`, { events })));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  stop.abort();
  await listening;
  return checkpoints;
}
