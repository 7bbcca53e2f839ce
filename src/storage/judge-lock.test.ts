import { describe, expect, test } from '@jest/globals';
import {
  claimTicket,
  endingOf,
  extended,
  granted,
  hasRunOut,
  judgeEnter,
  judgeExtend,
  judgeRelease,
  keptUntil,
  type Ticket,
  waitingTicket,
} from './judge-lock.js';
import { nextNumber } from './numbers.js';
import type { Ending, HoldingKind, NewTicket } from './ports/lock.js';

const now = 1_000_000;

function asked(more: Partial<NewTicket> = {}): NewTicket {
  return {
    lockId: 'l',
    requestId: 'r',
    owner: 'o',
    kind: 'stream',
    lifetime: undefined,
    lease: 100,
    wait: true,
    interrupt: false,
    maxWaiting: 2,
    ...more,
  };
}

function holder(more: Partial<NewTicket> = {}): Ticket {
  const ticket = waitingTicket(asked(more), 1, now);
  return { ...ticket, ...granted(ticket, 2, now) };
}

const claimHolder = claimTicket({ messageId: 'm', groupId: 'g' }, 9, { owner: 'o', lease: 50 }, now);
const ending: Ending = { fence: 7, cause: 'expired', endTime: 5 };
const line = { own: undefined, ending: undefined, length: 0 };

describe('an enter', () => {
  test.each([
    ['a free lock is granted', {}, line, 'grant'],
    ['a free lock is granted without waiting', { wait: false }, line, 'grant'],
    ['a held lock is waited for', {}, { ...line, length: 1 }, 'queue'],
    ['the last place is given', {}, { ...line, length: 2 }, 'queue'],
    ['no more than may wait do', {}, { ...line, length: 3 }, 'full'],
    ['where nobody may wait, nobody does', { maxWaiting: 0 }, { ...line, length: 1 }, 'full'],
    ['not to wait is refused, also where too many do', { wait: false }, { ...line, length: 9 }, 'taken'],
    ['a repeat is told its place', {}, { ...line, own: holder(), length: 9 }, 'repeat'],
    ['a repeat is told its place, not to wait or not', { wait: false }, { ...line, own: holder() }, 'repeat'],
    ['a repeat after the end is told that', {}, { ...line, ending }, 'ended'],
    ['what is in the line counts before what was', {}, { own: holder(), ending, length: 1 }, 'repeat'],
  ] as const)('%s', (_, more, standing, step) => {
    expect(judgeEnter(asked(more), standing)).toBe(step);
  });
});

describe('a grant', () => {
  test.each([
    ['a stream without an end', { lease: 100 }, undefined, 100],
    ['a stream with a longer lifetime than its lease', { lease: 100, lifetime: 500 }, 500, 100],
    ['a stream with a shorter lifetime than its lease', { lease: 100, lifetime: 50 }, 50, 50],
    ['a lease', { kind: 'lease', lease: 100, lifetime: 500 }, 500, 500],
  ] as const)('counts from itself: %s', (_, more, lifetime, lease) => {
    const ticket = waitingTicket(asked(more), 1, now - 90);
    expect(ticket).toMatchObject({ requestTime: now - 90, leaseEnd: now - 90 + ticket.lease });
    expect(granted(ticket, 2, now)).toEqual({
      grant: {
        fence: 2,
        grantTime: now,
        endTime: lifetime === undefined ? undefined : now + lifetime,
        interrupted: false,
      },
      leaseEnd: now + lease,
    });
  });

  test('of a claim has the number of its ticket, and ends with its lease', () => {
    expect(claimHolder).toMatchObject({
      lockId: 'g',
      ticket: 9,
      kind: 'claim',
      leaseEnd: now + 50,
      grant: { fence: 9, grantTime: now, endTime: now + 50 },
    });
  });
});

test('what is kept never passes its end, and only waiting tickets and streams are', () => {
  expect(keptUntil(waitingTicket(asked({ kind: 'lease' }), 1, 0), 100, now)).toBe(now + 100);
  expect(keptUntil(holder(), 200, now + 50)).toBe(now + 250);
  expect(keptUntil(holder({ lifetime: 120 }), 200, now + 50)).toBe(now + 120);
  expect(keptUntil(holder({ kind: 'lease', lifetime: 120 }), 200, now + 50)).toBe(now + 120);
  expect(keptUntil(claimHolder, 200, now + 20)).toBe(now + 50);
});

test('an extension counts from now, and keeps the rest of the grant', () => {
  const grant = { fence: 2, grantTime: 1, endTime: 3, interrupted: true };
  expect(extended(grant, 10, now)).toEqual({ grant: { ...grant, endTime: now + 10 }, leaseEnd: now + 10 });
});

test('a ticket has run out from the end of its lease on', () => {
  expect([now + 99, now + 100].map((time) => hasRunOut(holder(), time))).toEqual([false, true]);
});

test('what has run out ended then, and everything else now', () => {
  const held = { grant: holder().grant!, leaseEnd: now + 100 };
  expect(endingOf(held, 'expired', now + 900)).toEqual({ fence: 2, cause: 'expired', endTime: now + 100 });
  expect(endingOf(held, 'released', now + 50)).toEqual({ fence: 2, cause: 'released', endTime: now + 50 });
});

describe('by its fence', () => {
  const wrong = (kind: HoldingKind) => ({ status: 'wrong_kind', kind });
  const released: Ending = { fence: 7, cause: 'released', endTime: 5 };
  const lease = holder({ kind: 'lease', lifetime: 10 });

  test.each([
    ['a lease', lease, 2, undefined, undefined],
    ['a stream', holder(), 2, undefined, wrong('stream')],
    ['a claim', claimHolder, 9, undefined, wrong('claim')],
    ['of another', lease, 1, undefined, { status: 'ended', ending: undefined }],
    ['what has ended', lease, 7, ending, { status: 'ended', ending }],
    ['what was released', undefined, 7, released, { status: 'ended', ending: released }],
    ['who waits', waitingTicket(asked(), 2, now), 2, undefined, { status: 'ended', ending: undefined }],
  ] as const)('%s is extended or not', (_, first, fence, end, outcome) => {
    expect(judgeExtend(first, fence, end)).toEqual(outcome);
  });

  test.each([
    ['a lease', lease, 2, undefined, undefined],
    ['a stream', holder(), 2, undefined, undefined],
    ['a claim', claimHolder, 9, undefined, wrong('claim')],
    ['what has ended', lease, 7, ending, { status: 'ended', ending }],
    ['what was released', lease, 7, released, { status: 'repeated' }],
    ['what never was', undefined, 7, undefined, { status: 'ended', ending: undefined }],
  ] as const)('%s is released or not', (_, first, fence, end, outcome) => {
    expect(judgeRelease(first, fence, end)).toEqual(outcome);
  });
});

test('numbers grow, and are not below the clock', () => {
  expect([nextNumber(0, 5), nextNumber(5, 5), nextNumber(9, 5)]).toEqual([5, 6, 10]);
});
