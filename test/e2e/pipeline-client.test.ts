import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CallError, type Connection, retrying } from '@trackside/client';
import { Metadata, Status } from 'nice-grpc';
import { numbered, some, upTo } from './calls.js';
import { reasonOf } from './failure.js';
import { json } from './keyed.js';
import { startServer } from './server.js';
import { cleanUp, connectTo, startSidecar, temporaryFolder } from './sidecar.js';

const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await cleanUp();
});

const append = (n: number, conversationId = 'a') => ({ conversationId, events: [numbered(n)] });

/** What a call came to, failures included. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => ({ isCallError: error instanceof CallError, ...reasonOf(error) }));
}

describe('a client', () => {
  test('is answered the same, pipelined or not', async () => {
    const calls: ((client: Connection) => Promise<unknown>)[] = [
      ({ cache }) => cache.setEntry({ key: 'k', value: json('{"a":1.0}') }),
      ({ cache }) => cache.getEntry({ key: 'k' }),
      ({ cache }) => cache.getEntry({ key: 'none' }),
      ({ cache }) => cache.getEntry({}),
      ({ cache }) => cache.getEntry({ key: 'x'.repeat(513) }),
      ({ cache }) => cache.setEntry({ key: 'k', value: json('{') }),
      ({ cache }) => cache.incrementEntry({ key: 'k' }),
      ({ cache }) => cache.batchGetEntries({ keys: ['k', 'none'] }),
      ({ cache }) => cache.listEntryKeys({ pageSize: -1 }),
      ({ record }) => record.setRecord({ key: 'r', value: json('1') }).then(({ duplicate }) => duplicate),
      ({ record }) => record.getRecord({ key: 'none' }),
      ({ record }) => record.appendItems({ key: 'r', items: [json('1')] }),
      ({ tracker }) => tracker.getConversation({ conversationId: 'none' }),
      ({ tracker }) => tracker.appendEvents({ conversationId: 'a', events: [] }),
      ({ tracker }) => tracker.appendEvents({ ...append(1), expectation: { case: 'sequence', value: 7n } }),
      ({ tracker }) => tracker.appendEvents({ ...append(1), expectation: { case: 'hasEvents', value: {} } }),
      ({ tracker }) => tracker.getTracker({ conversationId: 'a', includeState: true }),
      ({ tracker }) => tracker.redactEvents({ conversationId: 'none', sequences: [1n] }),
      ({ tracker }) =>
        tracker.appendEvents({
          conversationId: 'a',
          events: [{ type: 't', data: JSON.stringify('x'.repeat(5 << 20)) }],
        }),
    ];
    const [plain, pipelined] = await Promise.all(
      [false, true].map(async (pipeline) => {
        const { address } = await startSidecar();
        const client = connectTo(address, { pipeline });
        const outcomes: unknown[] = [];
        for (const call of calls) outcomes.push(await outcome(call(client)));
        return outcomes;
      }),
    );
    expect(pipelined).toEqual(plain);
    const failed = plain!.filter((one) => (one as { isCallError?: boolean }).isCallError);
    expect(failed).toHaveLength(13);
  });

  test('subscribes beside its pipelined calls', async () => {
    const { tracker } = connectTo((await startSidecar()).address, {});
    const stream = tracker.subscribeEvents({})[Symbol.asyncIterator]();
    const kinds = async () => (await stream.next()).value?.item.case;
    expect([await kinds(), await kinds()]).toEqual(['confirmation', 'caughtUp']);
    await tracker.appendEvents(append(1));
    expect(await kinds()).toBe('events');
    await stream.return?.();
  });

  test('gives each call its own answer, whichever ends first', async () => {
    const { cache, tracker } = connectTo((await startSidecar()).address, {});
    const keys = upTo(300).map((n) => `${n}`);
    await cache.batchSetEntries({ requests: keys.map((key) => ({ key, value: json(key) })) });
    const answers = await Promise.all(
      keys.flatMap((key) => [
        tracker.appendEvents({ ...append(1, key), appendId: key }).then(({ appendId }) => appendId),
        cache.getEntry({ key }).then(({ entry }) => entry!.value!.kind.value),
      ]),
    );
    expect(answers).toEqual(keys.flatMap((key) => [key, key]));
  });

  test('carries metadata and gives headers, in calls of their own', async () => {
    const { cache } = connectTo((await startSidecar()).address, {});
    let headers = 0;
    const onHeader = () => {
      headers += 1;
    };
    expect(await cache.hasEntry({ key: 'k' }, { metadata: Metadata({ a: 'b' }), onHeader })).toMatchObject({
      exists: false,
    });
    expect(headers).toBe(1);
  });

  test('keeps to the limit of the server, and waits its turn beyond it', async () => {
    const { address } = await startSidecar({ env: { TRACKSIDE_LIMITS_PIPELINE_CALLS: '2' } });
    const { tracker } = connectTo(address, {});
    const answers = await Promise.all(upTo(500).map((n) => tracker.appendEvents(append(n))));
    expect(answers.map(({ firstSequence }) => Number(firstSequence))).toEqual(upTo(500));
  });

  test('calls thousands of times at once', async () => {
    const { tracker } = connectTo((await startSidecar()).address, {});
    const answers = await Promise.all(upTo(5_000).map((n) => tracker.appendEvents(append(n))));
    expect(answers.map(({ firstSequence }) => Number(firstSequence))).toEqual(upTo(5_000));
  });
});

describe.each([true, false])('with pipeline %s', (pipeline) => {
  /** A server that takes connections and never answers. */
  async function silentServer(): Promise<string> {
    const path = join(await temporaryFolder(), 's.sock');
    const server = createServer((socket) => sockets.add(socket)).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    server.unref();
    return `unix:${path}`;
  }

  test('a call gives up after its timeout', async () => {
    const { cache } = connectTo(await silentServer(), { pipeline });
    const begun = performance.now();
    expect(await outcome(cache.hasEntry({ key: 'k' }, { timeoutMs: 200 }))).toMatchObject({
      isCallError: true,
      code: Status.DEADLINE_EXCEEDED,
    });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('a call gives up when its signal is aborted, before or after it began', async () => {
    const { cache } = connectTo(await silentServer(), { pipeline });
    const aborter = new AbortController();
    const given = { isCallError: true, code: Status.CANCELLED, message: 'the call was aborted' };
    const call = cache.hasEntry({ key: 'k' }, { signal: aborter.signal });
    aborter.abort();
    expect(await outcome(call)).toMatchObject(given);
    expect(await outcome(cache.hasEntry({ key: 'k' }, { signal: aborter.signal }))).toMatchObject(given);
  });

  test('a call after one that was given up is answered its own answer', async () => {
    const { cache } = connectTo((await startSidecar()).address, { pipeline });
    await cache.setEntry({ key: 'k', value: json('1') });
    for (const _ of upTo(50)) {
      const aborter = new AbortController();
      const dropped = outcome(cache.getEntry({ key: 'k' }, { signal: aborter.signal }));
      const waiting = cache.hasEntry({ key: 'k' });
      aborter.abort();
      expect(await waiting).toMatchObject({ exists: true });
      await dropped;
    }
  });

  test('calls under way fail when the server dies, and the next one finds it again', async () => {
    const server = await startServer();
    const { tracker } = connectTo(server.address, { pipeline });
    await tracker.appendEvents(append(1));
    const calls = upTo(200).map((n) => outcome(tracker.appendEvents(append(n + 1))));
    await Promise.race(calls);
    await server.kill();
    for (const result of await Promise.all(calls)) {
      if (!(result as { isCallError?: boolean }).isCallError) continue;
      expect(result).toMatchObject({ code: Status.UNAVAILABLE, reason: undefined });
    }
    expect(await outcome(tracker.listConversations({}))).toMatchObject({ code: Status.UNAVAILABLE });
    await server.start();
    const found = await retrying(() => tracker.listConversations({}), 10_000);
    expect(found).toMatchObject({ conversations: [{ conversationId: 'a' }] });
  });

  test('a server that stops says so, and calls before it are stored', async () => {
    const server = await startServer();
    const { tracker } = connectTo(server.address, { pipeline });
    let stored = 0;
    let failure: unknown;
    const writing = (async () => {
      for (;;) {
        failure = await tracker.appendEvents(append(stored + 1)).then(() => undefined, reasonOf);
        if (failure) return;
        stored += 1;
      }
    })();
    while (stored < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.stop();
    await writing;
    expect(failure).toMatchObject({ code: Status.UNAVAILABLE });
    await server.start();
    const { conversation } = await retrying(() => tracker.getConversation({ conversationId: 'a' }), 10_000);
    expect(conversation!.lastSequence).toBe(BigInt(stored));
  });

  test('a closed connection fails what is under way', async () => {
    const connection = connectTo(await silentServer(), { pipeline });
    const call = outcome(connection.cache.hasEntry({ key: 'k' }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    connection.close();
    expect(await call).toMatchObject({ isCallError: true });
  });

  test('large requests are judged by the server', async () => {
    const { cache } = connectTo((await startSidecar()).address, { pipeline });
    const value = { kind: { case: 'bytes' as const, value: new Uint8Array(randomBytes(1 << 20)) } };
    expect(await cache.setEntry({ key: 'k', value })).toMatchObject({ written: true });
    const requests = upTo(5).map((n) => ({ key: `${n}`, value }));
    expect(await outcome(cache.batchSetEntries({ requests }))).toMatchObject({
      code: Status.RESOURCE_EXHAUSTED,
      reason: 'TOO_LARGE',
      metadata: { limit: 'request_bytes' },
    });
    const twice = { requests: [...requests, ...requests] };
    expect(await outcome(cache.batchSetEntries(twice))).toMatchObject({ code: Status.RESOURCE_EXHAUSTED });
    expect((await cache.getEntry({ key: 'k' })).entry!.value).toMatchObject(value);
  });

  test('events come back as they were', async () => {
    const { tracker } = connectTo((await startSidecar()).address, { pipeline });
    await tracker.appendEvents({ conversationId: 'a', events: some(3) });
    const { events } = await tracker.listEvents({ conversationId: 'a' });
    expect(events.map(({ data }) => data)).toEqual(some(3).map(({ data }) => data));
  });
});
