import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Status } from 'nice-grpc';
import {
  append,
  countEvents,
  failureOf,
  type Item,
  liveSubscriber,
  Subscriber,
  sequencesOf,
  some,
  upTo,
} from './calls.js';
import { endCommands, startCommand } from './cli.js';
import { reasonOf } from './failure.js';
import { cleanUp, connectTo, startSidecar, temporaryFolder } from './sidecar.js';

afterEach(async () => {
  endCommands();
  await cleanUp();
});

const shuttingDown = { code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' };
const stopped = { code: 0, signal: null };
const messages = (lines: readonly string[]) => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);

async function sqliteStorage(): Promise<string> {
  return `sqlite:${join(await temporaryFolder(), 'trackside.db')}`;
}

/** Reads until the stream fails. */
async function readToTheEnd(subscriber: Subscriber) {
  const items: Item[] = [];
  for (;;) {
    const next = subscriber.next();
    const item = await next.catch(() => undefined);
    if (!item) return { items, failure: await failureOf(next) };
    items.push(item);
  }
}

describe('on SIGTERM', () => {
  test('feeds end with UNAVAILABLE after their last item, whose cursor goes on with the next process', async () => {
    const storage = await sqliteStorage();
    const before = await startSidecar({ storage });
    const subscriber = await liveSubscriber(before.tracker);
    await append(before.tracker, 'a', some(3));
    const shown = (await subscriber.untilEvents(3)).at(-1) as Extract<Item, { case: 'events' }>;
    const end = before.end('SIGTERM');
    expect(await failureOf(subscriber.next())).toMatchObject(shuttingDown);
    expect(await end).toEqual(stopped);
    expect(messages(before.lines).slice(-2)).toEqual(['stopping', 'stopped']);

    const after = await startSidecar({ storage });
    await append(after.tracker, 'a', some(1));
    const start = { case: 'cursor', value: shown.value.cursor } as const;
    expect(sequencesOf(await new Subscriber(after.tracker, { start }).until('caughtUp'))).toEqual([4]);
  });

  test('a feed that is read late ends the same way, and nothing is lost with it', async () => {
    const storage = await sqliteStorage();
    const before = await startSidecar({ storage });
    const subscriber = await liveSubscriber(connectTo(before.address).tracker);
    const events = [{ type: 't', data: `{"t":"${'x'.repeat(200_000)}"}` }];
    for (const _ of upTo(20)) await append(before.tracker, 'a', events);
    const end = before.end('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { items, failure } = await readToTheEnd(subscriber);
    expect(failure).toMatchObject(shuttingDown);
    expect(await end).toEqual(stopped);

    const after = await startSidecar({ storage });
    const { cursor } = items.at(-1)!.value as { cursor: string };
    const resumed = new Subscriber(after.tracker, { start: { case: 'cursor', value: cursor } });
    const rest = await resumed.until('caughtUp');
    expect(rest.length).toBeGreaterThan(1);
    expect([...sequencesOf(items), ...sequencesOf(rest)]).toEqual(upTo(20));
  });

  test('calls under way finish, others are refused, and what was answered is what is stored', async () => {
    const storage = await sqliteStorage();
    const before = await startSidecar({ storage });
    const answered = upTo(16).map(() => 0);
    const workers = answered.map(async (_, worker) => {
      const { tracker } = connectTo(before.address);
      for (;;) {
        const failure = await append(tracker, `${worker}`, some(1)).then(() => undefined, reasonOf);
        if (failure) return failure;
        answered[worker]! += 1;
      }
    });
    while (answered.some((count) => count < 3)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await before.end('SIGTERM')).toEqual(stopped);
    for (const { code, reason } of await Promise.all(workers)) {
      // Without a reason where the connection was closed before the call began.
      expect([Status[code], reason ?? 'SHUTTING_DOWN']).toEqual(['UNAVAILABLE', 'SHUTTING_DOWN']);
    }
    const after = await startSidecar({ storage });
    const stored = await Promise.all(answered.map((_, worker) => countEvents(after.tracker, `${worker}`)));
    expect(stored).toEqual(answered);
  });

  test('a client that has stopped without a word holds it up no longer than the grace', async () => {
    const sidecar = await startSidecar({ env: { TRACKSIDE_SHUTDOWN_GRACE: '500ms' } });
    const tail = startCommand(sidecar.address, 'tail', '--json', '--start', 'beginning');
    const events = [{ type: 't', data: `{"t":"${'x'.repeat(500_000)}"}` }];
    await append(sidecar.tracker, 'a', events);
    while (tail.printed.stdout === '') await new Promise((resolve) => setTimeout(resolve, 10));
    tail.process.kill('SIGSTOP');
    for (const _ of upTo(20)) await append(sidecar.tracker, 'a', events);
    const begun = performance.now();
    expect(await sidecar.end('SIGTERM')).toEqual(stopped);
    expect(performance.now() - begun).toBeLessThan(6_000);
  });

  test('an idle connection does not hold it up at all', async () => {
    const sidecar = await startSidecar();
    await sidecar.tracker.listConversations({});
    const begun = performance.now();
    expect(await sidecar.end('SIGTERM')).toEqual(stopped);
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect((await failureOf(sidecar.tracker.listConversations({}))).code).toBe('UNAVAILABLE');
  });

  test('a second one ends it at once', async () => {
    const sidecar = await startSidecar({ env: { TRACKSIDE_SHUTDOWN_GRACE: '60s' } });
    const idle = await liveSubscriber(connectTo(sidecar.address).tracker);
    const events = [{ type: 't', data: `{"t":"${'x'.repeat(500_000)}"}` }];
    for (const _ of upTo(20)) await append(sidecar.tracker, 'a', events);
    process.kill(sidecar.pid, 'SIGTERM');
    while (!messages(sidecar.lines).includes('stopping'))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await sidecar.end('SIGTERM')).toEqual({ code: 1, signal: null });
    idle.cancel();
  });
});

test('after kill -9 it serves again without any step of recovery', async () => {
  const storage = await sqliteStorage();
  let stored = 0;
  for (const round of upTo(3)) {
    const sidecar = await startSidecar({ storage });
    const found = await sidecar.tracker.listEvents({ conversationId: 'a', pageSize: 1000 });
    expect(found.events.length).toBeGreaterThanOrEqual(stored);
    stored = found.events.length;
    const calls = upTo(20).map((n) =>
      append(sidecar.tracker, 'a', some(1), `${round}-${n}`).then(
        () => stored++,
        () => {},
      ),
    );
    await Promise.race(calls);
    await sidecar.end('SIGKILL');
    await Promise.all(calls);
  }
});

test('the log has no payload, whatever level it is at and whatever goes wrong', async () => {
  const sidecar = await startSidecar({
    storage: await sqliteStorage(),
    env: { TRACKSIDE_LOG_LEVEL: 'trace' },
  });
  const { tracker } = sidecar;
  const secret = 'my-secret-payload';
  const event = { type: 'user', name: 'n', data: `{"text":"${secret}"}`, metadata: secret };
  await append(tracker, 'a', [event], 'turn');
  await failureOf(append(tracker, 'a', [event, event], 'turn'));
  await failureOf(append(tracker, 'a', [{ ...event, data: `{"text":"${secret}"` }]));
  await failureOf(append(tracker, 'a', [{ ...event, metadata: secret.repeat(10_000) }]));
  await tracker.getTracker({ conversationId: 'a', includeState: true });
  await new Subscriber(tracker, { start: { case: 'beginning', value: {} } }).until('caughtUp');
  await tracker.deleteConversation({ conversationId: 'a' });
  await sidecar.end('SIGTERM');
  expect(messages(sidecar.lines).length).toBeGreaterThan(2);
  expect(sidecar.lines.join('\n')).not.toContain('secret');
});
