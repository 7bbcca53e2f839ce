import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { isInstalled, serverNamed, startThrowaway } from '../servers/servers.js';
import { append, countEvents, eventsOf, failureOf, liveSubscriber, Subscriber, some } from './calls.js';
import { cleanUp, type NotServing, startSidecar, temporaryFolder } from './sidecar.js';

afterEach(cleanUp);

const retentionMs = 3_000;
const env = { TRACKSIDE_TRACKER_RETENTION: `${retentionMs}ms` };
const beginning = { case: 'beginning', value: {} } as const;
const server = serverNamed('redis');

(isInstalled(server.program) ? describe : describe.skip)('two sidecars on one store', () => {
  test('agree from one moment on that a conversation is over, and tell of it once', async () => {
    await using running = await startThrowaway(server);
    const storage = running.url;
    const [one, other] = await Promise.all([startSidecar({ storage, env }), startSidecar({ storage, env })]);
    const live = await Promise.all([one, other].map(({ tracker }) => liveSubscriber(tracker)));
    await append(one.tracker, 'old', some(3));
    const over = sleep(retentionMs + 100);
    for (const subscriber of live) expect(eventsOf(await subscriber.untilEvents(3))).toHaveLength(3);
    expect(await countEvents(other.tracker, 'old')).toBe(3);
    await over;
    for (const { tracker } of [one, other]) {
      expect(await countEvents(tracker, 'old')).toBe(0);
      expect((await tracker.listConversations({})).conversations).toEqual([]);
      const replay = await new Subscriber(tracker, { start: beginning }).until('caughtUp');
      expect(eventsOf(replay)).toEqual([]);
    }
    expect((await append(other.tracker, 'old', some(1))).firstSequence).toBe(4n);
    for (const subscriber of live) {
      const items = await subscriber.untilEvents(1);
      const erased = items.filter((item) => item.case === 'erased').map((item) => item.value);
      expect(erased).toMatchObject([
        { conversationId: 'old', deleted: true, sequences: [{ first: 1n, last: 3n }] },
      ]);
      expect(eventsOf(items).map(({ sequence }) => sequence)).toEqual([4n]);
    }
    // The upkeep of either sidecar ends what nobody touches.
    for (const subscriber of live) {
      const erased = (await subscriber.until('erased')).at(-1)!.value;
      expect(erased).toMatchObject({ conversationId: 'old', sequences: [{ first: 4n, last: 4n }] });
    }
  }, 40_000);
});

test('SQLite refuses a retention at the start, and takes it where conversations are elsewhere', async () => {
  const storage = `sqlite:${join(await temporaryFolder(), 'trackside.db')}`;
  const refusal = (await startSidecar({ storage, env }).catch((error) => error)) as NotServing;
  expect(refusal.output).toContain('tracker.retention: SQLite keeps conversations for good');
  const { tracker } = await startSidecar({ storage, env: { ...env, TRACKSIDE_STORAGE_TRACKER: 'memory:' } });
  await append(tracker, 'c', some(1));
  await sleep(retentionMs + 100);
  expect(await failureOf(tracker.getConversation({ conversationId: 'c' }))).toMatchObject({
    code: 'NOT_FOUND',
  });
}, 20_000);
