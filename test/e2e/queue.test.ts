import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QueueClient } from '@trackside/client';
import { ClaimEnd, MessageState } from '#gen/trackside/v1/queue_service_pb.js';
import { failureOf, span, upTo } from './calls.js';
import { bytes, json } from './keyed.js';
import { claim, countsOf, engines, numberOf, numbersOf, push, startQueues, storageOn } from './queues.js';
import { cleanUp } from './sidecar.js';

afterAll(cleanUp);

const done = { done: true };
const lost = (cause: ClaimEnd) => ({ done: false, cause });

describe.each(engines)('queues on %s', (engine) => {
  let queue: QueueClient;
  beforeAll(async () => {
    const env = { TRACKSIDE_QUEUE_DEDUP_WINDOW: '2s' };
    ({ queue } = await startQueues({ storage: await storageOn(engine), env }));
  });

  const pop = async (queueId: string) => (await queue.popMessage({ queueId })).message;
  const receiptsOf = async (queueId: string, maxMessages = 1_000) =>
    (await claim(queue, queueId, maxMessages)).map(({ receipt }) => receipt);

  test('hand messages out in the order of their pushing, each once', async () => {
    await push(queue, 'fifo', upTo(5));
    await push(queue, 'fifo', upTo(7, 6));
    await push(queue, 'other', [100]);
    expect(numberOf(await pop('fifo'))).toBe(1);
    expect(numbersOf(await claim(queue, 'fifo', 4))).toEqual(upTo(5, 2));
    expect([numberOf(await pop('fifo')), numberOf(await pop('fifo'))]).toEqual([6, 7]);
    expect(await pop('fifo')).toBeUndefined();
    expect(await claim(queue, 'fifo')).toEqual([]);
    expect(numberOf(await pop('other'))).toBe(100);
  });

  test('keep what was pushed to the letter', async () => {
    const values = [json('{"z": 1.0,"a":[ ]}'), bytes(0, 255), json('null'), bytes()];
    const messages = values.map((value, i) => ({ value, dedupId: `d${i}`, maxAttempts: i + 1 }));
    const { results } = await queue.pushMessages({ queueId: 'verbatim', messages });
    const deliveries = await claim(queue, 'verbatim');
    for (const [i, { message, receipt, fence, remaining }] of deliveries.entries()) {
      expect(message).toMatchObject({ value: values[i], dedupId: `d${i}`, groupId: '', attempts: 1 });
      expect(message).toMatchObject({ messageId: results[i]!.messageId, maxAttempts: i + 1 });
      expect(message!.messageId).toMatch(/^[\w-]{22}$/);
      expect(message!.readyTime).toBeUndefined();
      expect(Math.abs(Number(message!.pushTime!.seconds) - Date.now() / 1_000)).toBeLessThan(5);
      expect(receipt.length).toBeLessThanOrEqual(128);
      expect(fence).toBeUndefined();
      expect(Number(remaining!.seconds)).toBe(29);
    }
  });

  test('acknowledge claims, and say so again', async () => {
    await push(queue, 'ack', upTo(3));
    const receipts = await receiptsOf('ack');
    const answer = await queue.ackMessages({ queueId: 'ack', receipts: receipts.slice(0, 2) });
    expect(answer.results).toMatchObject([done, done]);
    const again = await queue.ackMessages({
      queueId: 'ack',
      receipts: [receipts[1]!, receipts[2]!, receipts[2]!],
    });
    expect(again.results).toMatchObject([done, done, done]);
    expect(await countsOf(queue, 'ack')).toEqual([0, 0, 0, 0]);
  });

  test('refuse a late acknowledgement, and name what ended the claim', async () => {
    await push(queue, 'late', upTo(3));
    const lease = span(600);
    const { deliveries } = await queue.claimMessages({ queueId: 'late', maxMessages: 2, lease });
    const receipts = deliveries.map(({ receipt }) => receipt);
    const [nacked] = await receiptsOf('late');
    await queue.nackMessages({ queueId: 'late', receipts: [nacked!] });
    // In the order of pushing again, whoever claims next.
    const again = (await queue.claimMessages({ queueId: 'late', maxMessages: 3, waitDuration: span(2_000) }))
      .deliveries;
    await sleep(700);
    const unknown = `${'A'.repeat(22)}.0.1`;
    const { results } = await queue.ackMessages({
      queueId: 'late',
      receipts: [...receipts, nacked!, unknown],
    });
    expect(results).toMatchObject([
      lost(ClaimEnd.EXPIRED),
      lost(ClaimEnd.EXPIRED),
      lost(ClaimEnd.NACKED),
      lost(ClaimEnd.UNKNOWN),
    ]);
    expect(numbersOf(again)).toEqual([3]);
    expect(numbersOf(await claim(queue, 'late'))).toEqual([1, 2]);
  });

  test('make a message ready again at its place when its claim is given back or runs out', async () => {
    await push(queue, 'again', upTo(3));
    const [first, second] = await claim(queue, 'again', 2);
    const nack = { queueId: 'again', receipts: [second!.receipt] };
    expect((await queue.nackMessages(nack)).results).toMatchObject([done]);
    expect((await queue.nackMessages(nack)).results).toMatchObject([done]);
    await queue.nackMessages({ queueId: 'again', receipts: [first!.receipt] });
    const lease = span(50);
    const { deliveries } = await queue.claimMessages({ queueId: 'again', maxMessages: 3, lease });
    expect(numbersOf(deliveries)).toEqual([1, 2, 3]);
    expect(deliveries.map(({ message }) => message!.attempts)).toEqual([2, 2, 1]);
    const begun = performance.now();
    const waited = await queue.claimMessages({ queueId: 'again', maxMessages: 3, waitDuration: span(5_000) });
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(numberOf(waited.deliveries[0]!.message)).toBe(1);
  });

  test('hold a message back that is delayed, at its push or when given back', async () => {
    const queueId = 'delay';
    const delay = span(600);
    const begun = performance.now();
    await queue.pushMessages({ queueId, messages: [{ value: json('1'), delay }, { value: json('2') }] });
    expect(await countsOf(queue, queueId)).toEqual([1, 0, 1, 0]);
    const [two] = await claim(queue, queueId);
    expect(numberOf(two!.message)).toBe(2);
    const { deliveries } = await queue.claimMessages({ queueId, waitDuration: span(10_000) });
    expect(performance.now() - begun).toBeGreaterThan(599);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(numberOf(deliveries[0]!.message)).toBe(1);
    expect(deliveries[0]!.message!.readyTime).toBeDefined();
    const again = performance.now();
    await queue.nackMessages({ queueId, receipts: [deliveries[0]!.receipt, two!.receipt], delay });
    expect(await claim(queue, queueId)).toEqual([]);
    expect(numberOf((await queue.popMessage({ queueId, waitDuration: span(10_000) })).message)).toBe(1);
    expect(performance.now() - again).toBeGreaterThan(599);
    expect(numberOf(await pop(queueId))).toBe(2);
  });

  test('extend a claim, also to less', async () => {
    await push(queue, 'extend', [1]);
    const queueId = 'extend';
    const { deliveries } = await queue.claimMessages({ queueId, lease: span(600) });
    const { receipt } = deliveries[0]!;
    const longer = await queue.extendLease({ queueId, receipt });
    expect([Number(longer.remaining!.seconds), longer.interrupted]).toEqual([29, false]);
    await sleep(700);
    expect(await countsOf(queue, queueId)).toEqual([0, 1, 0, 0]);
    await queue.extendLease({ queueId, receipt, lease: span(50) });
    expect((await queue.popMessage({ queueId, waitDuration: span(5_000) })).message).toMatchObject({
      attempts: 2,
    });
    expect(await failureOf(queue.extendLease({ queueId, receipt }))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'LEASE_LOST',
      metadata: { receipt, cause: 'expired', end_time: expect.stringMatching(/^20\d\d-.*Z$/) },
    });
  });

  test('park a message after max_attempts, and replay it at the end, with its id', async () => {
    const queueId = 'parked';
    const [first] = await push(queue, queueId, [1], { maxAttempts: 2, dedupId: 'd' });
    await push(queue, queueId, [2], { maxAttempts: 1 });
    await push(queue, queueId, [3], { maxAttempts: 1_000 });
    for (const _ of upTo(2)) await queue.nackMessages({ queueId, receipts: await receiptsOf(queueId, 1) });
    await queue.claimMessages({ queueId, lease: span(10) });
    while ((await countsOf(queue, queueId))[3]! < 2) await sleep(10);
    expect(await countsOf(queue, queueId)).toEqual([1, 0, 0, 2]);
    const parked = await queue.peekMessages({ queueId, state: MessageState.PARKED });
    expect(parked.messages.map(numberOf)).toEqual([1, 2]);
    const refused = await queue.pushMessages({ queueId, messages: [{ value: json('9'), dedupId: 'd' }] });
    expect(refused.results).toMatchObject([{ refused: true, messageId: first }]);

    const named = [first!, first!, 'nothing'];
    expect(await queue.replayParkedMessages({ queueId, messageIds: named })).toMatchObject({ replayed: 1n });
    expect(await queue.replayParkedMessages({ queueId, messageIds: [first!] })).toMatchObject({
      replayed: 0n,
    });
    expect(await queue.replayParkedMessages({ queueId })).toMatchObject({ replayed: 1n });
    const deliveries = await claim(queue, queueId);
    expect(numbersOf(deliveries)).toEqual([3, 1, 2]);
    expect(deliveries[1]!.message).toMatchObject({ messageId: first, attempts: 1 });
  });

  test('refuse a dedup_id while its message is there, and for the window after it was done', async () => {
    const queueId = 'dedup';
    const messages = ['a', 'a', 'b', ''].map((dedupId) => ({ value: json('1'), dedupId }));
    const { results } = await queue.pushMessages({ queueId, messages });
    expect(results.map(({ refused }) => refused)).toEqual([false, true, false, false]);
    expect(results[1]!.messageId).toBe(results[0]!.messageId);
    const isRefused = async (dedupId: string) =>
      (await queue.pushMessages({ queueId, messages: [{ value: json('2'), dedupId }] })).results[0]!.refused;
    const [receipt] = await receiptsOf(queueId, 1);
    expect(await isRefused('a')).toBe(true);
    await queue.ackMessages({ queueId, receipts: [receipt!] });
    expect((await pop(queueId))!.dedupId).toBe('b');
    expect([await isRefused('a'), await isRefused('b')]).toEqual([true, true]);
    expect((await queue.pushMessages({ queueId: 'dedup-2', messages })).results[0]!.refused).toBe(false);
    await sleep(2_200);
    expect([await isRefused('a'), await isRefused('b')]).toEqual([false, false]);
    await queue.purgeQueue({ queueId });
    expect(await isRefused('a')).toBe(false);
  });

  test('push a request once', async () => {
    const queueId = 'request';
    const request = {
      queueId,
      messages: [{ value: json('1') }, { value: bytes(2) }],
      requestId: 'r'.repeat(128),
    };
    const first = await queue.pushMessages(request);
    expect(first.results.map(({ duplicate }) => duplicate)).toEqual([false, false]);
    await queue.popMessage({ queueId });
    const again = await queue.pushMessages(request);
    expect(again.results).toMatchObject(
      first.results.map(({ messageId }) => ({ messageId, duplicate: true })),
    );
    const others = [
      { ...request, messages: [{ value: json('1') }, { value: bytes(3) }] },
      { ...request, messages: [{ value: json('1') }] },
      { ...request, messages: [...request.messages, { value: json('3') }] },
      { ...request, queueId: 'request-2' },
      { ...request, messages: [{ value: json('1'), maxAttempts: 2 }, { value: bytes(2) }] },
    ];
    for (const other of others) {
      expect(await failureOf(queue.pushMessages(other))).toMatchObject({
        code: 'ALREADY_EXISTS',
        reason: 'REQUEST_ID_REUSED',
        metadata: { request_id: request.requestId },
      });
    }
    expect(await countsOf(queue, queueId)).toEqual([1, 0, 0, 0]);
    expect(await countsOf(queue, 'request-2')).toEqual([0, 0, 0, 0]);
  });

  test('tell how many messages there are, and how old the oldest is', async () => {
    const queueId = 'counts';
    const { queue: none } = await queue.getQueue({ queueId });
    expect([none!.queueId, none!.ready, none!.oldestAge]).toEqual([queueId, 0n, undefined]);
    await push(queue, queueId, [1]);
    await sleep(60);
    await push(queue, queueId, upTo(3));
    const { oldestAge, oldestPushTime } = (await queue.getQueue({ queueId })).queue!;
    const ageMs = Number(oldestAge!.seconds) * 1_000 + oldestAge!.nanos / 1e6;
    expect(ageMs).toBeGreaterThanOrEqual(55);
    expect(ageMs).toBeLessThan(5_000);
    expect(oldestPushTime).toBeDefined();
    await pop(queueId);
    const later = (await queue.getQueue({ queueId })).queue!;
    expect(later.oldestPushTime).not.toEqual(oldestPushTime);
    await claim(queue, queueId);
    const claimed = (await queue.getQueue({ queueId })).queue!;
    expect([claimed.oldestAge, claimed.inFlight]).toEqual([undefined, 3n]);
  });

  test('show messages in pages, without claiming them', async () => {
    const queueId = 'peek';
    await push(queue, queueId, upTo(250));
    const seen: number[] = [];
    let pages = 0;
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const page = await queue.peekMessages({ queueId, pageSize: 60, pageToken });
      seen.push(...page.messages.map(numberOf));
      pageToken = page.nextPageToken;
      pages += 1;
    }
    expect([seen, pages]).toEqual([upTo(250), 5]);
    await claim(queue, queueId, 10);
    await queue.pushMessages({ queueId, messages: [{ value: json('0'), delay: span(60_000) }] });
    const show = async (state: MessageState) =>
      (await queue.peekMessages({ queueId, state, pageSize: 1_000_000 })).messages;
    expect((await show(MessageState.IN_FLIGHT)).map(numberOf)).toEqual(upTo(10));
    expect((await show(MessageState.READY)).map(numberOf)).toEqual(upTo(250, 11));
    expect((await show(MessageState.DELAYED)).map(({ readyTime }) => readyTime !== undefined)).toEqual([
      true,
    ]);
    expect(await show(MessageState.PARKED)).toEqual([]);
    expect((await show(MessageState.READY))[0]!.attempts).toBe(0);
  });

  test('purge the states asked for, or everything, in whatever number', async () => {
    const queueId = 'purge';
    for (const _ of upTo(3)) await push(queue, queueId, upTo(900));
    const [first, second] = await claim(queue, queueId, 2);
    await queue.pushMessages({ queueId, messages: [{ value: json('0'), delay: span(60_000) }] });
    const states = [MessageState.DELAYED, MessageState.IN_FLIGHT];
    expect(await queue.purgeQueue({ queueId, states })).toMatchObject({ purged: 3n });
    expect(await countsOf(queue, queueId)).toEqual([2_698, 0, 0, 0]);
    const receipts = [first!.receipt, second!.receipt];
    const { results } = await queue.ackMessages({ queueId, receipts });
    expect(results).toMatchObject([lost(ClaimEnd.PURGED), lost(ClaimEnd.PURGED)]);
    expect(await queue.purgeQueue({ queueId })).toMatchObject({ purged: 2_698n });
    expect(await queue.purgeQueue({ queueId })).toMatchObject({ purged: 0n });
    expect(await countsOf(queue, queueId)).toEqual([0, 0, 0, 0]);
  });

  test('replay more parked messages than a step holds, in their order', async () => {
    const queueId = 'replay';
    for (const part of [0, 1, 2]) {
      await push(queue, queueId, upTo(part * 900 + 900, part * 900 + 1), { maxAttempts: 1 });
      await queue.nackMessages({ queueId, receipts: await receiptsOf(queueId) });
    }
    expect(await countsOf(queue, queueId)).toEqual([0, 0, 0, 2_700]);
    expect(await queue.replayParkedMessages({ queueId })).toMatchObject({ replayed: 2_700n });
    const seen: number[] = [];
    for (const _ of upTo(3)) seen.push(...numbersOf(await claim(queue, queueId)));
    expect(seen).toEqual(upTo(2_700));
  });

  test('list those that have messages, in pages by id', async () => {
    const ids = upTo(25).map((n) => `list/${String(n).padStart(2, '0')}`);
    for (const queueId of [...ids, 'list/ü', 'list0']) await push(queue, queueId, [1]);
    await push(queue, 'list/gone', [1]);
    await pop('list/gone');
    const seen: string[] = [];
    let pages = 0;
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const page = await queue.listQueues({ queueIdPrefix: 'list/', pageSize: 13, pageToken });
      for (const { queueId, ready } of page.queues) {
        seen.push(queueId);
        expect(ready).toBe(1n);
      }
      pageToken = page.nextPageToken;
      pages += 1;
    }
    expect([seen, pages]).toEqual([[...ids, 'list/ü'], 2]);
  });
});
