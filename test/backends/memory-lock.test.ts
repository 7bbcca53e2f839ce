import { describe, expect, test } from '@jest/globals';
import { maxEndings } from '#src/storage/judge-lock.js';
import type { LockNotice } from '#src/storage/ports/lock.js';
import { claim, heapUsed, message, openHeld, second, start, ticket } from './held-tools.js';

describe('locks in memory', () => {
  test('have so many tickets at most, over all of them', async () => {
    const { lock } = openHeld({ maxTickets: 3 });
    for (let i = 0; i < 2; i++) {
      expect(await lock.enter(ticket('a', `${i}`), start)).toMatchObject({ ticket: expect.any(Number) });
    }
    const last = await lock.enter(ticket('b', '0'), start);
    await expect(lock.enter(ticket('a', '2', { interrupt: true }), start)).rejects.toMatchObject({
      reason: 'STORE_FULL',
    });
    await expect(lock.enter(ticket('c', '0'), start)).rejects.toMatchObject({ reason: 'STORE_FULL' });
    expect(await lock.enter(ticket('b', '0'), start)).toEqual(last);
    expect(await lock.get('a', 9, start)).toMatchObject({ waiting: 1, holder: { interrupted: false } });
    await lock.delete('b', undefined, start);
    expect(await lock.enter(ticket('c', '0'), start)).toMatchObject({ status: 'granted' });
  });

  test('leave nothing but endings, and those for a while', async () => {
    const { lock, state } = openHeld();
    const round = async (now: number) => {
      for (let i = 0; i < 50_000; i++) {
        const held = await lock.enter(ticket(`${now}-${i}`, 'holder'), now);
        if (i % 2) await lock.enter(ticket(`${now}-${i}`, 'waiter', { lease: second }), now);
        if (i % 3 === 0 && held.status === 'granted')
          await lock.release(`${now}-${i}`, held.grant.fence, now);
      }
      while ((await lock.expire(1_000, now + 60 * second)).more);
      expect([state.lines.size, state.lines.nextToEnd, ...state.lines.idsFrom('')]).toEqual([0, undefined]);
      expect(state.endings.size).toBeGreaterThanOrEqual(50_000);
      while (await lock.sweep(1_000, now + 25 * 3_600 * second));
      expect(state.endings.size).toBe(0);
      return heapUsed();
    };
    const before = await round(start);
    expect((await round(start + 100 * 3_600 * second)) - before).toBeLessThan(2 << 20);
  }, 60_000);

  test('remember so many endings, with all that leads to them', async () => {
    const { lock, state } = openHeld();
    for (let i = 0; i <= maxEndings; i++) {
      await lock.enter(ticket('l', `${i}`), start);
      await lock.delete('l', undefined, start);
    }
    expect(state.endings.size).toBe(maxEndings);
    expect(await lock.enter(ticket('l', '1'), start)).toMatchObject({ status: 'ended' });
    expect(await lock.enter(ticket('l', '0'), start)).toMatchObject({ status: 'granted' });
    const keep = (ticket: number) => lock.keep([{ lockId: 'l', ticket, lease: second }], start);
    expect(await keep(start)).toEqual([{ status: 'ended', ending: undefined }]);
    expect(await keep(start + 2)).toMatchObject([{ status: 'ended', ending: { fence: start + 3 } }]);
  }, 60_000);

  test('are granted by whatever operation finds that the holder is gone', async () => {
    const { lock } = openHeld();
    const notices: LockNotice[] = [];
    await lock.watch((notice) => notices.push(notice));
    await lock.enter(ticket('l', 'a', { lease: second }), start);
    const waiting = await lock.enter(ticket('l', 'b'), start);
    await lock.enter(ticket('elsewhere', 'c'), start + second);
    const granted = await lock.enter(ticket('l', 'b'), start + second);
    expect(granted).toMatchObject({ status: 'granted', grant: { grantTime: start + second } });
    expect(notices).toMatchObject([
      { kind: 'ended', lockId: 'l', requestId: 'a', ending: { cause: 'expired', endTime: start + second } },
      { kind: 'granted', lockId: 'l', requestId: 'b' },
    ]);
    expect(waiting).toMatchObject({ ticket: notices[1]!.ticket });
  });

  test('end in steps of so many tickets, and skip those that have run out while the next is looked for', async () => {
    const { lock } = openHeld();
    await lock.enter(ticket('l', 'holder', { lease: second }), start);
    for (let i = 0; i < 5; i++) await lock.enter(ticket('l', `${i}`, { lease: 2 * second }), start);
    await lock.enter(ticket('l', 'last', { lease: 9 * second }), start);
    const granted: string[] = [];
    await lock.watch((notice) => notice.kind === 'granted' && granted.push(notice.requestId));
    const now = start + 3 * second;
    expect(await lock.expire(3, now)).toEqual({ more: true, next: start + 2 * second });
    expect(granted).toEqual([]);
    expect(await lock.expire(3, now)).toEqual({ more: false, next: now + 9 * second });
    expect(granted).toEqual(['last']);
  });

  test('tell when the next thing runs out, whatever was kept or ended meanwhile', async () => {
    const { lock } = openHeld();
    const next = async () => (await lock.expire(100, start)).next;
    expect(await next()).toBeUndefined();
    const held = await lock.enter(ticket('a', 'a', { lease: 5 * second }), start);
    await lock.enter(ticket('b', 'b', { lease: 3 * second }), start);
    expect(await next()).toBe(start + 3 * second);
    await lock.delete('b', undefined, start);
    expect(await next()).toBe(start + 5 * second);
    if (held.status !== 'granted') throw new Error(held.status);
    await lock.keep([{ lockId: 'a', ticket: held.ticket, lease: 8 * second }], start);
    expect(await next()).toBe(start + 8 * second);
    await lock.release('a', held.grant.fence, start);
    expect(await next()).toBeUndefined();
  });

  test('do not remember the ends of claims among those of their own', async () => {
    const { lock, queue, state } = openHeld();
    await queue.push([message('q', { groupId: 'g' })], start);
    const [delivery] = await claim(queue, 'q', start);
    expect(await lock.get('g', 0, start)).toMatchObject({
      holder: { kind: 'claim', fence: delivery!.fence },
    });
    await queue.settle([{ kind: 'ack', receipt: delivery!.receipt }], start);
    expect(state.endings.size).toBe(0);
    expect(state.lines.size).toBe(0);
  });
});
