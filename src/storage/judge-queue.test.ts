import { describe, expect, test } from '@jest/globals';
import {
  claimEnding,
  due,
  holdingEnd,
  judgeSettled,
  newMessageId,
  pushed,
  replayed,
  settled,
} from './judge-queue.js';
import type { ClaimEnd } from './ports/queue.js';
import { formatReceipt, parseReceipt } from './receipt.js';

const now = 1_000;
const receipt = { messageId: newMessageId(), partition: 0, claim: 1 };
const message = { readyTime: undefined, attempts: 1, maxAttempts: 2 };
const last = { ...message, attempts: 2 };

test('a message that is pushed is ready, or delayed', () => {
  expect(pushed(undefined, now)).toEqual({ state: 'ready', readyTime: undefined, attempts: 0 });
  expect(pushed(0, now)).toEqual({ state: 'ready', readyTime: undefined, attempts: 0 });
  expect(pushed(5, now)).toEqual({ state: 'delayed', readyTime: now + 5, attempts: 0 });
});

describe('a settlement', () => {
  test('that acknowledges is the end of the message', () => {
    expect(settled(last, { kind: 'ack', receipt }, now)).toBeUndefined();
  });

  test.each([
    ['makes it ready', message, undefined, { state: 'ready', readyTime: undefined, attempts: 1 }],
    ['delays it', message, 5, { state: 'delayed', readyTime: now + 5, attempts: 1 }],
    ['parks it at the last attempt', last, undefined, { state: 'parked', readyTime: undefined, attempts: 2 }],
    ['parks it whatever the delay', last, 5, { state: 'parked', readyTime: undefined, attempts: 2 }],
    [
      'keeps when it was ready',
      { ...message, readyTime: 9 },
      undefined,
      { state: 'ready', readyTime: 9, attempts: 1 },
    ],
  ] as const)('that gives a message back %s', (_, given, delay, change) => {
    expect(settled(given, { kind: 'nack', receipt, delay }, now)).toEqual(change);
  });

  test('that returns a message undoes the attempt, also the last', () => {
    const change = { state: 'ready', readyTime: undefined, attempts: 1 };
    expect(settled(last, { kind: 'return', receipt }, now)).toEqual(change);
  });

  test.each([
    ['ack', 'acked', true],
    ['ack', 'nacked', false],
    ['nack', 'nacked', true],
    ['nack', 'expired', false],
    ['return', 'nacked', true],
    ['return', 'acked', false],
    ['extend', 'acked', false],
  ] as const)('is repeated where the claim ended in the same way (%s, %s)', (kind, cause, is) => {
    const ending = { cause, endTime: now };
    expect(judgeSettled(kind, ending)).toEqual(is ? { status: 'repeated' } : { status: 'ended', ending });
  });

  test.each(['ack', 'nack', 'return', 'extend'] as const)('of an unknown claim is refused (%s)', (kind) => {
    expect(judgeSettled(kind, undefined)).toEqual({ status: 'ended', ending: undefined });
  });
});

test('what is due is ready, with its attempts', () => {
  expect(due({ ...message, readyTime: 9 })).toEqual({ state: 'ready', readyTime: 9, attempts: 1 });
});

test('what is replayed begins anew', () => {
  expect(replayed({ ...last, readyTime: 9 })).toEqual({ state: 'ready', readyTime: 9, attempts: 0 });
});

test('a lock is released by whatever ends a claim, unless it was lost', () => {
  const causes: ClaimEnd[] = ['acked', 'nacked', 'purged', 'expired', 'deleted'];
  expect(causes.map(holdingEnd)).toEqual(['released', 'released', 'released', 'expired', 'deleted']);
});

test('a claim that has run out ended then', () => {
  expect(claimEnding('expired', 5, now)).toEqual({ cause: 'expired', endTime: 5 });
  expect(claimEnding('acked', 5_000, now)).toEqual({ cause: 'acked', endTime: now });
});

test('a message id is 128 random bits', () => {
  const ids = new Set(Array.from({ length: 1_000 }, newMessageId));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(16);
});

test('a receipt reads as it was written', () => {
  const one = { messageId: newMessageId(), partition: 255, claim: Number.MAX_SAFE_INTEGER };
  expect(parseReceipt(formatReceipt(one))).toEqual(one);
  for (const text of ['', 'x', `${formatReceipt(one)}.`, formatReceipt(one).toUpperCase()]) {
    expect(parseReceipt(text)).toBeUndefined();
  }
});
