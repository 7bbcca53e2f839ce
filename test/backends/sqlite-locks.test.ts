import { describe, expect, test } from '@jest/globals';
import type { LockNotice } from '#src/storage/ports/lock.js';
import { commitsIn, contradictionsIn, newTicket, numbers, second } from './sqlite-lines.js';
import { withFile, withPath, withStore } from './sqlite-tools.js';

describe('locks on SQLite', () => {
  test('are held, waited for and remembered as before when the file is opened again', () =>
    withPath(async (path) => {
      let fence = 0;
      await withStore(path, async (_, { lock }) => {
        await lock!.enter(newTicket('a', 'gone'), 1);
        fence = (await lock!.get('a', 0, 1))!.holder.fence;
        await lock!.enter(newTicket('a', 'holds', { owner: 'né\0e', kind: 'stream' }), 2);
        await lock!.release('a', fence, 3);
        await lock!.enter(newTicket('a', 'waits'), 4);
      });
      await withStore(path, async (_, { lock }) => {
        const line = await lock!.get('a', 10, 5);
        expect(line).toMatchObject({
          holder: { owner: 'né\0e', kind: 'stream', requestTime: 2, grantTime: 3 },
        });
        expect(line!.waiters).toHaveLength(1);
        expect(await lock!.enter(newTicket('a', 'waits'), 6)).toMatchObject({ status: 'queued', ahead: 1 });
        expect(await lock!.release('a', fence, 6)).toEqual({ status: 'repeated' });
        expect(await lock!.enter(newTicket('a', 'gone'), 6)).toMatchObject({ status: 'ended' });
        const end = line!.holder.leaseEnd;
        expect(await lock!.expire(10, end)).toEqual({ more: false, next: end + 60 * second });
        expect((await lock!.get('a', 10, end))!.holder.ticket).toBe(line!.waiters[0]!.ticket);
      });
      expect(withFile(path, contradictionsIn)).toEqual([]);
    }));

  test('number tickets and fences upwards, also by a clock that went back', () =>
    withPath(async (path) => {
      const numbers: number[] = [];
      for (const now of [5_000, 1_000, 9_000]) {
        await withStore(path, async (_, { lock }) => {
          const asked = newTicket('a', `${now}`, { lifetime: 60 * second });
          const entered = await lock!.enter(asked, now);
          if (entered.status !== 'granted') throw new Error(entered.status);
          numbers.push(entered.ticket, entered.grant.fence);
          await lock!.release('a', entered.grant.fence, now);
        });
      }
      expect(numbers).toEqual([5_000, 5_001, 5_002, 5_003, 9_000, 9_001]);
    }));

  test('are changed in one commit by the calls of one turn, in their order', () =>
    withPath((path) =>
      withStore(path, async (_, { lock }) => {
        await lock!.enter(newTicket('warm', 'up'), 1);
        const before = commitsIn(path);
        const calls = Array.from({ length: 200 }, (_, i) => lock!.enter(newTicket('a', `${i}`), 2));
        const left = lock!.leave('a', 5, false, 2);
        const outcomes = await Promise.all(calls);
        expect(commitsIn(path) - before).toBe(1);
        expect(outcomes.map((one) => ('ahead' in one ? one.ahead : 0))).toEqual(calls.map((_, i) => i));
        expect(await left).toEqual({ status: 'left' });
        expect(await lock!.get('a', 0, 2)).toMatchObject({ waiting: 198 });
      }),
    ));

  test('tell the places of tickets that are kept together, of whichever lines', () =>
    withPath((path) =>
      withStore(path, async (_, { lock }) => {
        const entered = ['a', 'b'].flatMap((lockId) =>
          ['1', '2', '3', '4'].map((id) => newTicket(lockId, id)),
        );
        const places = await Promise.all(entered.map((ticket) => lock!.enter(ticket, 1)));
        const tickets = places.map((place) => ('ticket' in place ? place.ticket : 0));
        const keeps = [1, 3, 2, 5, 7, 3, 0].map((index) => {
          return { lockId: entered[index]!.lockId, ticket: tickets[index]!, lease: second };
        });
        const kept = await lock!.keep([...keeps, { lockId: 'b', ticket: tickets[1]!, lease: 1 }], 2);
        expect(kept.map((one) => (one.status === 'waiting' ? one.ahead : one.status))).toEqual([
          ...[1, 3, 2, 1, 3, 3],
          ...['granted', 'ended'],
        ]);
        expect(await lock!.expire(0, 2)).toEqual({ more: false, next: second + 2 });
      }),
    ));

  test('tell what happened before the calls are answered', () =>
    withPath((path) =>
      withStore(path, async (_, { lock }) => {
        const told: string[] = [];
        const watching = await lock!.watch((notice: LockNotice) =>
          told.push(`${notice.kind} ${notice.requestId}`),
        );
        const [first] = await Promise.all([
          lock!.enter(newTicket('a', '1'), 1),
          lock!.enter(newTicket('a', '2', { interrupt: true }), 1).then(() => told.push('answer')),
        ]);
        if (first.status !== 'granted') throw new Error(first.status);
        await lock!.release('a', first.grant.fence, 2).then(() => told.push('answer'));
        expect(told).toEqual(['interrupted 1', 'answer', 'ended 1', 'granted 2', 'answer']);
        await watching[Symbol.asyncDispose]();
        await lock!.delete('a', undefined, 3);
        expect(told).toHaveLength(5);
      }),
    ));

  test('end a great deal that has run out in several commits, before anything else', () =>
    withPath((path) =>
      withStore(path, async (_, { lock }) => {
        const calls = Array.from({ length: 1_200 }, (_, i) => lock!.enter(newTicket(`${i}`, 'r'), 1));
        await Promise.all(calls);
        const before = commitsIn(path);
        expect(await lock!.enter(newTicket('7', 's'), 100 * second)).toMatchObject({ status: 'granted' });
        expect(commitsIn(path) - before).toBe(3);
        expect(await lock!.list('', '', 10, 100 * second)).toHaveLength(1);
      }),
    ));

  test('have a read wait until what has run out is ended', () =>
    withPath((path) =>
      withStore(path, async (_, { lock }) => {
        for (const [id, lifetime] of [
          ['a', 5],
          ['b', 50],
        ] as const) {
          await lock!.enter(newTicket(id, 'r', { lifetime }), 1);
          await lock!.enter(newTicket(id, 's'), 1);
        }
        expect(await lock!.get('a', 1, 6)).toMatchObject({ holder: { grantTime: 6 }, waiting: 0 });
        expect((await lock!.list('', '', 10, 51)).map(({ holder }) => holder.grantTime)).toEqual([6, 51]);
      }),
    ));

  test('remember the last 65,536 holdings, for 24 hours', () =>
    withPath(async (path) => {
      await withStore(path, async () => {});
      withFile(path, (database) =>
        database.exec(`INSERT INTO lock_endings (lock_id, request_id, ticket, fence, cause, end_time, time)
          SELECT 'a', value, -value, -value, 'released', value, value FROM (${numbers(65_536)})`),
      );
      await withStore(path, async (_, { lock }) => {
        expect(await lock!.release('a', -1, 9)).toEqual({ status: 'repeated' });
        const entered = await lock!.enter(newTicket('a', 'r'), 70_000);
        if (entered.status !== 'granted') throw new Error(entered.status);
        await lock!.release('a', entered.grant.fence, 70_000);
        expect(await lock!.release('a', -1, 70_000)).toEqual({ status: 'ended', ending: undefined });
        expect(await lock!.release('a', -2, 70_000)).toEqual({ status: 'repeated' });
        const day = 24 * 3_600 * second;
        expect(await lock!.release('a', -1_000, day + 1_000)).toEqual({ status: 'ended', ending: undefined });
        expect(await lock!.release('a', -1_001, day + 1_000)).toEqual({ status: 'repeated' });
        expect(await lock!.sweep(600, day + 1_000)).toBe(true);
        expect(await lock!.sweep(600, day + 1_000)).toBe(false);
      });
      const left = 'SELECT count(*) AS count, min(time) AS first FROM lock_endings';
      withFile(path, (database) =>
        expect(database.prepare(left).get()).toEqual({ count: 64_537, first: 1_001 }),
      );
    }));
});
