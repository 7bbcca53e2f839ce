import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppendEventsRequestSchema } from '#gen/trackside/v1/tracker_service_pb.js';
import { append, countEvents, liveSubscriber, some, upTo } from './calls.js';
import { RawClient } from './raw.js';
import { cleanUp, connectTo, type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

let sidecar: Sidecar;
beforeAll(async () => {
  const storage = `sqlite:${join(await temporaryFolder(), 'trackside.db')}`;
  sidecar = await startSidecar({ storage, env: { TRACKSIDE_LIMITS_SUBSCRIPTIONS: '5' } });
});
afterAll(cleanUp);

/** Each append of three events is there whole or not at all, or comes yet; asked again, each is there once. */
async function expectEachOnce(conversationId: string, appendIds: readonly string[]): Promise<void> {
  const { tracker } = sidecar;
  const { events } = await tracker.listEvents({ conversationId, pageSize: 1000 });
  const stored = new Set(events.map(({ appendId }) => appendId));
  expect(events.length).toBe(stored.size * 3);
  for (const appendId of appendIds) {
    const { duplicate } = await append(tracker, conversationId, some(3), appendId);
    if (stored.has(appendId)) expect(duplicate).toBe(true);
  }
  expect(await countEvents(tracker, conversationId)).toBe(appendIds.length * 3);
}

describe('where the outcome of an append stayed open, its append id tells it', () => {
  test('after the deadline passed', async () => {
    const client = new RawClient(sidecar.address);
    const path = '/trackside.v1.TrackerService/AppendEvents';
    const call = (appendId: string, timeoutMs?: number) => {
      const request = { conversationId: 'deadline', events: some(3), appendId };
      const bytes = toBinary(AppendEventsRequestSchema, create(AppendEventsRequestSchema, request));
      return client.call(path, bytes, timeoutMs);
    };
    const appendIds = upTo(80).map(String);
    const answers = await Promise.all(appendIds.map((appendId, n) => call(appendId, n / 4)));
    const codes = answers.map(({ code }) => code);
    expect(codes).toContain('DEADLINE_EXCEEDED');
    expect(codes.filter((code) => code !== 'OK' && code !== 'DEADLINE_EXCEEDED')).toEqual([]);
    const { events } = await sidecar.tracker.listEvents({ conversationId: 'deadline', pageSize: 1000 });
    const stored = new Set(events.map(({ appendId }) => appendId));
    for (const [n, code] of codes.entries()) if (code === 'OK') expect(stored).toContain(appendIds[n]);
    await expectEachOnce('deadline', appendIds);
    expect((await call('1', 10_000)).code).toBe('OK');
    client.close();
  });

  test('after the client vanished', async () => {
    const appendIds: string[] = [];
    let failed = 0;
    for (const round of upTo(12)) {
      const link = await openLink(sidecar.address);
      const connection = connectTo(link.address);
      await countEvents(connection.tracker, 'vanished');
      const calls = upTo(10).map((n) => {
        const appendId = `${round}-${n}`;
        appendIds.push(appendId);
        return append(connection.tracker, 'vanished', some(3), appendId).catch(() => failed++);
      });
      await new Promise((resolve) => setTimeout(resolve, round / 2));
      link.cut();
      await Promise.all(calls);
      connection.close();
    }
    expect(failed).toBeGreaterThan(0);
    await expectEachOnce('vanished', appendIds);
  });

  test('after the call was cancelled', async () => {
    const { tracker } = connectTo(sidecar.address);
    const appendIds = upTo(40).map(String);
    let failed = 0;
    const calls = appendIds.map((appendId, n) => {
      const aborter = new AbortController();
      setTimeout(() => aborter.abort(), n / 4);
      const request = { conversationId: 'cancelled', events: some(3), appendId };
      return tracker.appendEvents(request, { signal: aborter.signal }).catch(() => failed++);
    });
    await Promise.all(calls);
    expect(failed).toBeGreaterThan(0);
    await expectEachOnce('cancelled', appendIds);
  });
});

test('a subscriber that vanishes leaves nothing behind', async () => {
  for (const _ of upTo(4)) {
    const link = await openLink(sidecar.address);
    const connection = connectTo(link.address);
    for (const _ of upTo(5)) await liveSubscriberOnceThereIsRoom(connection.tracker);
    link.cut();
    connection.close();
  }
});

/** The server learns of a vanished connection a moment later. */
async function liveSubscriberOnceThereIsRoom(tracker: Sidecar['tracker']): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await liveSubscriber(tracker);
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** A way to a server that can be cut. */
async function openLink(address: string): Promise<{ readonly address: string; cut(): void }> {
  const [host, port] = address.split(':');
  const sockets: Socket[] = [];
  const server = createServer((inner) => {
    const outer = createConnection(Number(port), host);
    for (const socket of [inner, outer]) socket.on('error', () => {});
    sockets.push(inner, outer);
    inner.pipe(outer).pipe(inner);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
