import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { append, eventsOf, liveSubscriber, type Subscriber, some } from './calls.js';
import { cleanUp, type Sidecar, startSidecar } from './sidecar.js';

let sidecar: Sidecar;
let subscriber: Subscriber;
let port: number;
let appended = 0;
beforeAll(async () => {
  sidecar = await startSidecar();
  port = Number(sidecar.address.split(':').at(-1));
  subscriber = await liveSubscriber(sidecar.tracker);
});
afterAll(cleanUp);

/** The process goes on, with the calls and streams of others. */
async function expectUnharmed(): Promise<void> {
  await append(sidecar.tracker, 'a', some(1));
  const [event] = eventsOf(await subscriber.untilEvents(1));
  expect(event?.sequence).toBe(BigInt(++appended));
}

/** Sends bytes, and waits until the server has ended the connection: it closes it, or says that it goes away. */
async function send(...chunks: readonly Uint8Array[]): Promise<void> {
  const socket = createConnection(port, '127.0.0.1');
  const ended = new Promise<void>((resolve) => {
    let received = Buffer.alloc(0);
    socket.on('close', resolve).on('error', () => {});
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (hasGoAway(received)) resolve();
    });
  });
  for (const chunk of chunks) socket.write(chunk);
  await ended;
  socket.destroy();
}

/** Whether a GOAWAY is among HTTP/2 frames. */
function hasGoAway(frames: Buffer): boolean {
  for (let at = 0; at + 9 <= frames.length; at += 9 + frames.readUIntBE(at, 3)) {
    if (frames.readUInt8(at + 3) === 7) return true;
  }
  return false;
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const frame = (length: number, type: number, flags: number, stream: number, payload: Uint8Array) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};
const settings = frame(0, 4, 0, 0, new Uint8Array());

test.each<[string, readonly Uint8Array[]]>([
  ['an HTTP/1 request', [Buffer.from('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}')]],
  ['an HTTP/1 request without an end', [Buffer.from('GET /')]],
  ['random bytes', [randomBytes(10_000)]],
  ['zeros', [Buffer.alloc(10_000)]],
  ['a preface with random bytes behind it', [preface, randomBytes(10_000)]],
  ['a frame larger than allowed', [preface, settings, frame(0xffffff, 0, 0, 1, Buffer.alloc(1000))]],
  [
    'headers that are not compressed rightly',
    [preface, settings, frame(50, 1, 4, 1, Buffer.alloc(50, 0xff))],
  ],
  ['data for a stream that never began', [preface, settings, frame(5, 0, 1, 7, Buffer.from('hello'))]],
])('%s on the port: that connection ends, and no other', async (_, chunks) => {
  await send(...chunks);
  await expectUnharmed();
});

test('TLS on the port: that connection ends, and no other', async () => {
  const socket = connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false });
  const [error] = await once(socket, 'error').catch((failure) => [failure]);
  expect(error).toBeTruthy();
  socket.destroy();
  await expectUnharmed();
});

test('a connection that says nothing holds up nobody', async () => {
  const silent = createConnection(port, '127.0.0.1');
  await once(silent, 'connect');
  const half = createConnection(port, '127.0.0.1');
  half.write(preface.subarray(0, 10));
  await expectUnharmed();
  silent.destroy();
  half.destroy();
  await expectUnharmed();
});

test('none of it is in the log as a defect', () => {
  const levels = sidecar.lines.map((line) => (JSON.parse(line) as { level: string }).level);
  expect(levels.filter((level) => level !== 'info')).toEqual([]);
});
