import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PipelineRequestSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import { countEvents, numbered, some, upTo } from './calls.js';
import { json, startKeyed } from './keyed.js';
import { closePipelines, type FrameCall, openPipeline, RawPipeline } from './pipeline.js';
import { cleanUp, type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

const MiB = 1 << 20;
const maxFrame = 4 * MiB;
const has: FrameCall = { case: 'hasEntry', value: { key: 'k' } };

afterAll(async () => {
  closePipelines();
  await cleanUp();
});

function append(conversationId: string, n: number, sequence?: number): FrameCall {
  const expectation =
    sequence === undefined ? {} : { expectation: { case: 'sequence' as const, value: BigInt(sequence) } };
  return { case: 'appendEvents', value: { conversationId, events: [numbered(n)], ...expectation } };
}

/** A sidecar whose cache is a file, filled so that clearing a prefix takes a while. */
async function startSlow(env: Record<string, string> = {}) {
  const storage = `sqlite:${join(await temporaryFolder(), 'cache.db')}`;
  const { sidecar, cache } = await startKeyed({ env: { TRACKSIDE_STORAGE_CACHE: storage, ...env } });
  const fill = async (prefix: string, thousands = 10) => {
    for (const thousand of upTo(thousands)) {
      const keys = upTo(1_000).map((n) => `${prefix}${thousand}-${n}`);
      await cache.batchSetEntries({ requests: keys.map((key) => ({ key, value: json('1') })) });
    }
  };
  return { sidecar, cache, fill };
}

function clear(keyPrefix: string): FrameCall {
  return { case: 'clearEntries', value: { scope: { case: 'keyPrefix', value: keyPrefix } } };
}

describe('a stream of calls', () => {
  let sidecar: Sidecar;
  beforeAll(async () => {
    sidecar = await startSidecar();
  });

  test('begins with a confirmation that tells the limit', async () => {
    const { kind, callId, value } = await new RawPipeline(sidecar.address).next();
    expect({ kind, callId }).toEqual({ kind: 'confirmation', callId: 0 });
    expect(value).toMatchObject({ maxCalls: 1000 });
  });

  test('answers each call under its id, the largest too, which is free again then', async () => {
    const pipeline = await openPipeline(sidecar.address);
    for (const callId of [1, 2 ** 32 - 1, 1]) {
      expect(await pipeline.call(callId, has)).toMatchObject({ callId, kind: 'hasEntry' });
    }
  });

  test('carries appends out in the order of their frames, also behind one that failed', async () => {
    const pipeline = await openPipeline(sidecar.address);
    const count = 200;
    for (const n of upTo(count)) pipeline.send(n, append('ordered', n, n - 1));
    expect((await pipeline.take(count)).map(({ kind }) => kind)).toEqual(
      upTo(count).map(() => 'appendEvents'),
    );

    const sequences = [count, 7, count + 1, count];
    for (const [i, sequence] of sequences.entries()) pipeline.send(i + 1, append('ordered', i, sequence));
    const answers = await pipeline.take(sequences.length);
    const codes = answers.toSorted((a, b) => a.callId - b.callId).map(({ code }) => code);
    expect(codes).toEqual(['OK', 'ABORTED', 'OK', 'ABORTED']);
    const { events } = await sidecar.tracker.listEvents({ conversationId: 'ordered', pageSize: 1000 });
    expect(events.map(({ data }) => JSON.parse(data).n)).toEqual([...upTo(count), 0, 2]);
  });

  test('carries responses of the largest size, which clients take', async () => {
    const pipeline = await openPipeline(sidecar.address);
    const data = JSON.stringify({ text: 'x'.repeat(MiB - 1_000) });
    for (const n of upTo(5)) {
      const events = [{ type: 'slot', data }];
      await pipeline.call(n, { case: 'appendEvents', value: { conversationId: 'large', events } });
    }
    const { value } = await pipeline.call(9, { case: 'getTracker', value: { conversationId: 'large' } });
    expect(value).toMatchObject({ tracker: { sequence: 5n }, nextPageToken: expect.stringMatching(/./) });
  });

  test('takes requests up to 4 MiB, and says so of larger ones', async () => {
    const pipeline = await openPipeline(sidecar.address);
    const frame = (bytes: number) => padded(sized(bytes), bytes);
    for (const [bytes, limit] of [
      [maxFrame, 'append_bytes'],
      [maxFrame + 1, 'request_bytes'],
    ] as const) {
      pipeline.sendBytes(frame(bytes));
      expect(await pipeline.next()).toMatchObject({
        callId: 5,
        code: 'RESOURCE_EXHAUSTED',
        reason: 'TOO_LARGE',
        metadata: { limit },
      });
    }
    expect(await pipeline.call(6, has)).toMatchObject({ kind: 'hasEntry' });
  });

  test('ends where a message is more than twice that, and the sidecar goes on', async () => {
    const pipeline = await openPipeline(sidecar.address);
    pipeline.sendBytes(Buffer.alloc(2 * maxFrame + 1));
    expect(await pipeline.ended).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect(await (await openPipeline(sidecar.address)).call(1, has)).toMatchObject({ kind: 'hasEntry' });
  });

  const varint = (field: number, value: number) =>
    new BinaryWriter().tag(field, WireType.Varint).uint32(value).finish();
  const bytes = (field: number, value: Uint8Array) =>
    new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(value).finish();
  const call = bytes(43, bytes(1, Buffer.from('k')));
  const seconds = (value: number) =>
    bytes(2, new BinaryWriter().tag(1, WireType.Varint).int64(value).finish());

  test.each<[string, readonly Uint8Array[], number, string]>([
    ['that is empty', [], 0, 'call_id'],
    ['without a call_id', [call], 0, 'call_id'],
    ['with call_id 0', [varint(1, 0), call], 0, 'call_id'],
    ['whose call_id is no number', [bytes(1, Buffer.from('7')), call], 0, 'call_id'],
    ['of noise', [Buffer.from([0xff, 0xff, 0xff])], 0, 'request'],
    ['without a call', [varint(1, 7)], 7, 'call'],
    ['with a call that is not known', [varint(1, 7), bytes(999, Buffer.from('x'))], 7, 'call'],
    ['with two calls', [varint(1, 7), call, call], 7, 'call'],
    ['that is cut off', [varint(1, 7), call.subarray(0, -1)], 7, 'request'],
    [
      'whose call comes first, cut off behind the call_id',
      [call, varint(1, 7), Buffer.from([8])],
      7,
      'request',
    ],
    ['whose request is malformed', [varint(1, 7), bytes(43, Buffer.from([0x0a, 9]))], 7, 'request'],
    ['with a text that is not UTF-8', [varint(1, 7), bytes(43, bytes(1, Buffer.from([0xff])))], 7, 'key'],
    ['with a negative timeout', [varint(1, 7), seconds(-1), call], 7, 'timeout'],
    ['with a malformed timeout', [varint(1, 7), bytes(2, Buffer.from([9])), call], 7, 'request'],
  ])('answers a frame %s, and stays usable', async (_, parts, callId, field) => {
    const pipeline = await openPipeline(sidecar.address);
    pipeline.sendBytes(Buffer.concat(parts));
    expect(await pipeline.next()).toMatchObject({
      callId,
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_REQUEST',
      fields: [field],
    });
    expect(await pipeline.call(7, has)).toMatchObject({ callId: 7, kind: 'hasEntry' });
  });

  test('passes over fields of a frame that it does not know', async () => {
    const pipeline = await openPipeline(sidecar.address);
    pipeline.sendBytes(Buffer.concat([varint(5, 1), varint(1, 7), call, bytes(6, Buffer.from('new'))]));
    expect(await pipeline.next()).toMatchObject({ callId: 7, kind: 'hasEntry' });
  });

  test('answers every frame of garbage once, and stays usable', async () => {
    const pipeline = await openPipeline(sidecar.address);
    const count = 2_000;
    for (const n of upTo(count)) pipeline.sendBytes(randomBytes(n % 50));
    const codes = new Set((await pipeline.take(count)).map(({ code }) => code));
    expect([...codes]).toEqual(['INVALID_ARGUMENT']);
    expect(await pipeline.call(7, has)).toMatchObject({ kind: 'hasEntry' });
    const levels = sidecar.lines.map((line) => (JSON.parse(line) as { level: string }).level);
    expect(levels.filter((level) => level !== 'info')).toEqual([]);
  });
});

/** A frame with an append of about so many bytes. */
function sized(bytes: number): Uint8Array {
  const data = JSON.stringify({ text: 'x'.repeat(bytes - 200) });
  const value = { conversationId: 'sized', events: [{ type: 'slot', data }] };
  const frame = create(PipelineRequestSchema, { callId: 5, call: { case: 'appendEvents', value } });
  return toBinary(PipelineRequestSchema, frame);
}

/** The same with an unknown field behind it that brings it to so many bytes. */
function padded(frame: Uint8Array, bytes: number): Uint8Array {
  const fill = new BinaryWriter()
    .tag(9, WireType.LengthDelimited)
    .bytes(Buffer.alloc(bytes - frame.length - 3));
  const all = Buffer.concat([frame, fill.finish()]);
  expect([bytes, bytes + 1]).toContain(all.length);
  return all.length === bytes ? all : padded(frame.subarray(), bytes);
}

describe('calls in flight', () => {
  test('are limited per stream, and another stream has its own', async () => {
    const { sidecar, fill } = await startSlow({ TRACKSIDE_LIMITS_PIPELINE_CALLS: '3' });
    for (const prefix of ['a', 'b', 'c']) await fill(prefix);
    const pipeline = new RawPipeline(sidecar.address);
    expect((await pipeline.next()).value).toMatchObject({ maxCalls: 3 });
    for (const [i, prefix] of ['a', 'b', 'c'].entries()) pipeline.send(i + 1, clear(prefix));
    expect(await pipeline.call(4, has)).toMatchObject({
      callId: 4,
      code: 'UNAVAILABLE',
      reason: 'OVERLOADED',
      metadata: { limit: 'pipeline_calls', max: '3' },
    });
    expect(await (await openPipeline(sidecar.address)).call(1, has)).toMatchObject({ kind: 'hasEntry' });
    expect((await pipeline.next()).kind).toBe('clearEntries');
    pipeline.send(4, has);
    const kinds = (await pipeline.take(3)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['clearEntries', 'clearEntries', 'hasEntry']);
  });

  test('refuse a second one under the same id, and end under theirs', async () => {
    const { sidecar, fill } = await startSlow();
    await fill('a');
    const pipeline = await openPipeline(sidecar.address);
    pipeline.send(1, clear('a'));
    expect(await pipeline.call(1, has)).toMatchObject({
      callId: 1,
      code: 'INVALID_ARGUMENT',
      fields: ['call_id'],
    });
    expect(await pipeline.next()).toMatchObject({
      callId: 1,
      kind: 'clearEntries',
      value: { cleared: 10_000n },
    });
  });

  test('wait for no other', async () => {
    const { sidecar, fill } = await startSlow();
    await fill('a');
    const pipeline = await openPipeline(sidecar.address);
    pipeline.send(1, clear('a'));
    for (const n of upTo(20, 2)) expect(await pipeline.call(n, has)).toMatchObject({ callId: n });
    expect(await pipeline.next()).toMatchObject({ callId: 1, kind: 'clearEntries' });
  });

  test('count as calls, beside calls of their own', async () => {
    const { sidecar, cache, fill } = await startSlow({ TRACKSIDE_LIMITS_CALLS: '1' });
    await fill('a');
    const pipeline = await openPipeline(sidecar.address);
    const alone = cache.clearEntries({ scope: { case: 'keyPrefix', value: 'a' } });
    const refused = { code: 'UNAVAILABLE', reason: 'OVERLOADED', metadata: { limit: 'calls' } };
    for (;;) {
      const answer = await pipeline.call(1, has);
      if (answer.kind === 'hasEntry') continue;
      expect(answer).toMatchObject(refused);
      break;
    }
    expect(await alone).toMatchObject({ cleared: 10_000n });
    expect(await pipeline.call(1, has)).toMatchObject({ kind: 'hasEntry' });
  });

  test('end with their timeout, and are cancelled by it', async () => {
    const { sidecar, cache, fill } = await startSlow();
    await fill('a', 30);
    const pipeline = await openPipeline(sidecar.address);
    expect(await pipeline.call(1, clear('a'), 5)).toMatchObject({ callId: 1, code: 'DEADLINE_EXCEEDED' });
    expect(await pipeline.call(1, has, 60_000)).toMatchObject({ callId: 1, kind: 'hasEntry' });
    await expectStopped(cache);
  });

  test('are cancelled with their stream', async () => {
    const { sidecar, cache, fill } = await startSlow();
    await fill('a', 30);
    const pipeline = await openPipeline(sidecar.address);
    pipeline.send(1, clear('a'));
    expect(await pipeline.call(2, has)).toMatchObject({ callId: 2 });
    pipeline.cancel();
    expect(await pipeline.ended).toMatchObject({ code: 'CANCELLED' });
    await expectStopped(cache);
  });

  test('finish after a half-close, and the stream ends with OK', async () => {
    const { sidecar, fill } = await startSlow();
    await fill('a');
    const pipeline = await openPipeline(sidecar.address);
    pipeline.send(1, clear('a'));
    pipeline.send(2, has);
    pipeline.halfClose();
    expect((await pipeline.take(2)).map(({ callId }) => callId)).toEqual([2, 1]);
    expect(await pipeline.ended).toMatchObject({ code: 'OK' });
  });

  test('are thousands where the limit allows it', async () => {
    const sidecar = await startSidecar({ env: { TRACKSIDE_LIMITS_PIPELINE_CALLS: '5000' } });
    const pipeline = await openPipeline(sidecar.address);
    for (const n of upTo(5_000)) pipeline.send(n, append('many', n));
    const answers = await pipeline.take(5_000);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['OK']));
    expect(new Set(answers.map(({ callId }) => callId)).size).toBe(5_000);
    expect(await countEvents(sidecar.tracker, 'many')).toBe(5_000);
  });
});

type Cache = Awaited<ReturnType<typeof startKeyed>>['cache'];

/** A clearing that was cancelled left entries, and leaves them. */
async function expectStopped(cache: Cache): Promise<void> {
  const left = async () => (await cache.listEntryKeys({ pattern: 'a*', pageSize: 1 })).keys[0];
  let before: string | undefined;
  for (let now = await left(); now !== before; now = await left()) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(before).toBeDefined();
}

describe('on SIGTERM', () => {
  test('what is in flight is answered, what comes later refused, and the stream ends', async () => {
    const { sidecar, fill } = await startSlow();
    await fill('a', 30);
    const pipeline = await openPipeline(sidecar.address);
    pipeline.send(1, clear('a'));
    expect(await pipeline.call(2, has)).toMatchObject({ callId: 2, kind: 'hasEntry' });
    const exit = sidecar.end('SIGTERM');
    let answer = await pipeline.call(3, has);
    while (answer.kind === 'hasEntry') answer = await pipeline.call(3, has);
    expect(answer).toMatchObject({ callId: 3, code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
    expect(await pipeline.next()).toMatchObject({ callId: 1, value: { cleared: 30_000n } });
    expect(await pipeline.ended).toEqual({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
    expect(await exit).toEqual({ code: 0, signal: null });
  });

  test('a client that reads late gets what was answered, and the same end', async () => {
    const { sidecar, cache } = await startKeyed();
    await cache.setEntry({ key: 'large', value: json(JSON.stringify('x'.repeat(MiB - 100))) });
    const pipeline = await openPipeline(sidecar.address);
    for (const n of upTo(50)) pipeline.send(n, { case: 'getEntry', value: { key: 'large' } });
    const other = await openPipeline(sidecar.address);
    for (const n of upTo(20)) await other.call(n, has);
    const exit = sidecar.end('SIGTERM');
    await other.ended;
    expect(await pipeline.next()).toMatchObject({ callId: 1, kind: 'getEntry' });
    for (;;) {
      const answer = await pipeline.next().catch(() => undefined);
      if (!answer) break;
      expect(answer.kind).toBe('getEntry');
    }
    expect(await pipeline.ended).toEqual({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
    expect(await exit).toEqual({ code: 0, signal: null });
  });

  test('an idle stream ends at once', async () => {
    const sidecar = await startSidecar({ env: { TRACKSIDE_SHUTDOWN_GRACE: '60s' } });
    const pipeline = await openPipeline(sidecar.address);
    const begun = performance.now();
    const exit = sidecar.end('SIGTERM');
    expect(await pipeline.ended).toEqual({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(6_000);
  });
});

test('a client that does not read its answers costs a bounded memory, slows nobody, and gets them all later', async () => {
  const { sidecar, cache } = await startKeyed();
  await cache.setEntry({ key: 'large', value: json(JSON.stringify('x'.repeat(MiB - 100))) });
  const get: FrameCall = { case: 'getEntry', value: { key: 'large' } };
  const other = await openPipeline(sidecar.address);
  for (const n of upTo(50)) await other.call(n, get);
  const before = sidecar.rss();
  const count = 400;
  const lazy = new RawPipeline(sidecar.address);
  for (const n of upTo(count)) lazy.send(n, get);
  for (const n of upTo(50)) await other.call(n, get);
  expect(sidecar.rss() - before).toBeLessThan(100 * MiB);
  const answers = await lazy.take(count + 1);
  expect(answers.filter(({ kind }) => kind === 'getEntry')).toHaveLength(count);
}, 60_000);

test('a stream costs what it has in flight: an idle one keeps nothing from another', async () => {
  const sidecar = await startSidecar();
  const idle = await Promise.all(upTo(200).map(() => openPipeline(sidecar.address)));
  const pipeline = await openPipeline(sidecar.address);
  pipeline.send(1, { case: 'appendEvents', value: { conversationId: 'a', events: some(3) } });
  expect(await pipeline.next()).toMatchObject({ kind: 'appendEvents', value: { lastSequence: 3n } });
  expect(await idle.at(-1)!.call(1, has)).toMatchObject({ kind: 'hasEntry' });
});
