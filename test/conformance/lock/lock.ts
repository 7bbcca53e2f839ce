import { expect } from '@jest/globals';
import { steadyNow } from '#src/storage/clock.js';
import type { EnterOutcome, LockNotice, LockStore, NewTicket } from '#src/storage/ports/lock.js';
import { type Harness, withBackend } from '../harness.js';
import type { LockSeen } from './observations.js';
import * as validate from './validators.js';

type Declare = (
  behaviour: string,
  body: (store: LockStore, reopen: () => Promise<LockStore>) => Promise<void>,
) => void;

const now = 1_750_000_000_000_000;
const second = 1_000_000;
const day = 24 * 3_600 * second;

/** Asks for the lock `l`, for a minute; waits ten seconds unless it is kept. */
function asking(requestId: string, more: Partial<NewTicket> = {}): NewTicket {
  return {
    ...{ lockId: 'l', requestId, owner: '', kind: 'lease', wait: true, interrupt: false, maxWaiting: 100 },
    ...{ lifetime: 60 * second, lease: 10 * second },
    ...more,
  };
}

/** Asks for a lock that must be free. */
async function held(store: LockStore, asked: NewTicket, at: number) {
  const outcome = await store.enter(asked, at);
  if (outcome.status !== 'granted') throw new Error(`it was not granted: ${outcome.status}`);
  return { ticket: outcome.ticket, ...outcome.grant };
}

/** Asks for a lock that must be taken. */
async function queued(store: LockStore, asked: NewTicket, at: number): Promise<number> {
  const outcome = await store.enter(asked, at);
  if (outcome.status !== 'queued') throw new Error(`it does not wait: ${outcome.status}`);
  return outcome.ticket;
}

export function lockTests(it: Declare, harness: Harness): void {
  it('give one of many who ask at once the lock, and the others a place each', async (store) => {
    const all = Array.from({ length: 40 }, (_, i) => store.enter(asking(`r${i}`), now));
    const outcomes = await Promise.all(all);
    const places = outcomes.map((one) => (one.status === 'queued' ? one.ahead : one.status));
    expect(places).toEqual(['granted', ...Array.from({ length: 39 }, (_, i) => i + 1)]);
    const tickets = outcomes.map((one) => ('ticket' in one ? one.ticket : 0));
    expect(tickets).toEqual([...new Set(tickets)].sort((a, b) => a - b));
  });

  const stream: Partial<NewTicket> = { kind: 'stream', lifetime: undefined, lease: second };
  type End = (store: LockStore, holder: Awaited<ReturnType<typeof held>>) => Promise<unknown>;
  const ends: Readonly<Record<string, End>> = {
    'a release': (store, { fence }) => store.release('l', fence, now + 1),
    'a deletion': (store) => store.delete('l', undefined, now + 1),
    'that the holder left': (store, { ticket }) => store.leave('l', ticket, true, now + 1),
    'the end of its lease': (store) => store.expire(100, now + second),
    'one more who asks after its lease': (store) => store.enter(asking('last'), now + second),
    'a question after its lease': (store) => store.get('l', 0, now + second),
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`hand the lock to the next ticket, and tell it, by ${what}`, async (store) => {
      const holder = await held(store, asking('first', stream), now);
      const next = await queued(store, asking('next'), now);
      await queued(store, asking('third'), now);
      const notices: LockNotice[] = [];
      await store.watch((notice) => notices.push(notice));
      await end(store, holder);
      expect(notices).toMatchObject([
        { kind: 'ended', ticket: holder.ticket, requestId: 'first', ending: { fence: holder.fence } },
        { kind: 'granted', ticket: next, requestId: 'next' },
      ]);
      const line = await store.get('l', 10, now + second);
      expect(line).toMatchObject({ holder: { ticket: next } });
      expect(line!.holder.fence).toBeGreaterThan(holder.fence);
    });
  }

  it('never give a fence again, neither opened again nor where all was forgotten', async (first, reopen) => {
    const seen: LockSeen[] = [];
    const hold = async (store: LockStore, count: number) => {
      for (let i = 0; i < count; i++) {
        const at = steadyNow();
        const { ticket, fence, grantTime } = await held(store, asking(`${seen.length}`), at);
        const told = { what: 'granted', lockId: 'l', ticket, fence, partition: 0, grantTime } as const;
        seen.push(
          { ...told, until: Number.POSITIVE_INFINITY, at },
          { what: 'gone', lockId: 'l', ticket, at },
        );
        await store.release('l', fence, at);
      }
    };
    await hold(first, 20);
    await hold(await reopen(), 20);
    await withBackend(harness, async ({ backend }) => hold(backend.lock!, 20));
    validate.safe(seen);
    expect(seen).toHaveLength(120);
  });

  it('give fences above the clock where it stands still', async (store) => {
    const fences: number[] = [];
    for (let i = 0; i < 5; i++) {
      const { fence } = await held(store, asking(`${i}`), now);
      fences.push(fence);
      await store.release('l', fence, now);
    }
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
    expect(fences[0]).toBeGreaterThanOrEqual(now);
  });

  it('end a holding at the end of its lease, to the microsecond', async (store) => {
    const { fence } = await held(store, asking('r'), now);
    expect(await store.get('l', 0, now + 60 * second - 1)).toMatchObject({ holder: { fence } });
    expect(await store.extend('l', fence, second, now + 60 * second - 1)).toMatchObject({
      status: 'extended',
    });
    const end = now + 61 * second - 1;
    expect(await store.expire(100, end - 1)).toEqual({ more: false, next: end });
    expect(await store.get('l', 0, end)).toBeUndefined();
    expect(await store.extend('l', fence, second, end)).toEqual({
      status: 'ended',
      ending: { fence, cause: 'expired', endTime: end },
    });
  });

  it('keep a stream up to its lifetime, and not beyond', async (store) => {
    const { ticket } = await held(store, asking('r', { ...stream, lifetime: 3 * second }), now);
    const keep = { lockId: 'l', ticket, lease: 2 * second };
    expect(await store.keep([keep], now + second - 1)).toMatchObject([{ status: 'granted' }]);
    expect(await store.keep([keep], now + 2 * second)).toMatchObject([{ status: 'granted' }]);
    expect(await store.get('l', 0, now + 2 * second)).toMatchObject({
      holder: { leaseEnd: now + 3 * second },
    });
    expect(await store.keep([keep], now + 3 * second)).toMatchObject([{ status: 'ended' }]);
  });

  it('leave nothing when all has run out, however many waited', async (store) => {
    await held(store, asking('holder', stream), now);
    for (let i = 0; i < 50; i++) await queued(store, asking(`${i}`), now + i);
    let step = await store.expire(7, now + 60 * second);
    for (; step.more; step = await store.expire(7, now + 60 * second));
    expect(step.next).toBeUndefined();
    expect(await store.list('', '', 10, now)).toEqual([]);
    expect(await store.get('l', 10, now)).toBeUndefined();
    await held(store, asking('again'), now + 60 * second);
  });

  it('pass over those who died in line', async (store) => {
    const { fence } = await held(store, asking('holder'), now);
    for (const id of ['dead-1', 'dead-2']) await queued(store, asking(id, { lease: second }), now);
    const alive = await queued(store, asking('alive'), now);
    await store.release('l', fence, now + second);
    expect(await store.get('l', 10, now + second)).toMatchObject({ holder: { ticket: alive }, waiting: 0 });
  });

  it('give a request its ticket or its grant back, also when opened again', async (store, reopen) => {
    const holder = await held(store, asking('r', stream), now);
    const ticket = await queued(store, asking('s'), now);
    const again = await reopen();
    const { grantTime, fence } = await held(again, asking('r', stream), now + second - 1);
    expect({ grantTime, fence }).toEqual({ grantTime: holder.grantTime, fence: holder.fence });
    expect(await queued(again, asking('s'), now + 1)).toBe(ticket);
    // The repeat kept the stream's holding.
    expect(await again.get('l', 0, now + second)).toMatchObject({ holder: { fence }, waiting: 1 });
  });

  it('remember how a holding ended for a day, and no longer', async (store, reopen) => {
    const { fence } = await held(store, asking('r'), now);
    expect(await store.release('l', fence, now + 1)).toEqual({ status: 'released' });
    const again = await reopen();
    const ended = { status: 'ended', ending: { fence, cause: 'released', endTime: now + 1 } };
    expect(await again.enter(asking('r'), now + day)).toEqual(ended);
    expect(await again.release('l', fence, now + day)).toEqual({ status: 'repeated' });
    expect(await again.release('l', fence, now + day + 1)).toEqual({ status: 'ended', ending: undefined });
    await held(again, asking('r'), now + day + 1);
  });

  it('tell a holder once that somebody asks', async (store) => {
    const { ticket } = await held(store, asking('r'), now);
    const notices: LockNotice[] = [];
    await store.watch((notice) => notices.push(notice));
    for (const id of ['a', 'b']) await queued(store, asking(id, { interrupt: true }), now);
    expect(notices).toEqual([{ kind: 'interrupted', lockId: 'l', ticket, requestId: 'r' }]);
    expect(await store.get('l', 0, now)).toMatchObject({ holder: { interrupted: true } });
  });

  it('let as many wait as may, and nobody who does not want to', async (store) => {
    const { fence } = await held(store, asking('r'), now);
    const status = async (id: string, more: Partial<NewTicket>): Promise<EnterOutcome['status']> =>
      (await store.enter(asking(id, more), now)).status;
    expect(await status('a', { maxWaiting: 1 })).toBe('queued');
    expect(await status('b', { maxWaiting: 1 })).toBe('full');
    expect(await store.enter(asking('c', { wait: false }), now)).toMatchObject({
      ...{ status: 'taken', waiting: 1 },
      holder: { fence },
    });
  });

  it('list locks by the bytes of their ids', async (store) => {
    const ids = ['a', 'a:1', 'a:10', 'a:\uffee', 'a:\u{1f600}', 'b'];
    for (const lockId of ids.toReversed()) await held(store, asking('r', { lockId }), now);
    const list = async (prefix: string, after: string, limit: number) =>
      (await store.list(prefix, after, limit, now)).map(({ lockId }) => lockId);
    expect(await list('', '', 10)).toEqual(ids);
    expect(await list('a:', '', 2)).toEqual(['a:1', 'a:10']);
    expect(await list('a:', 'a:10', 2)).toEqual(['a:\uffee', 'a:\u{1f600}']);
    expect(await list('c', '', 2)).toEqual([]);
  });
}
