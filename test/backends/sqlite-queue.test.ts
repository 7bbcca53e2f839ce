import { describe, expect, test } from '@jest/globals';
import { QueueDesk } from '#src/queue/desk.js';
import type { QueueNotice, Receipt } from '#src/storage/ports/queue.js';
import { ChangeGroup } from '#src/storage/sqlite/change-group.js';
import { Changer } from '#src/storage/sqlite/changer.js';
import type { Database } from '#src/storage/sqlite/connection.js';
import { openLock } from '#src/storage/sqlite/lock.js';
import { openQueue } from '#src/storage/sqlite/queue.js';
import type { Writer } from '#src/storage/sqlite/writer.js';
import {
  commitsIn,
  contradictionsIn,
  newClaim,
  newMessage,
  newTicket,
  numbers,
  second,
} from './sqlite-lines.js';
import { rejection, withFile, withPath, withStore } from './sqlite-tools.js';

describe('queues on SQLite', () => {
  test('are as before when the file is opened again', () =>
    withPath(async (path) => {
      const receipts: Receipt[] = [];
      const ids: string[] = [];
      const claimOne = newClaim('q', { owner: 'w' });
      await withStore(path, async (_, { queue }) => {
        const request = { id: 'r', digest: 'd' };
        const messages = [
          newMessage('q', 'parked', { maxAttempts: 1, dedupId: 'a' }),
          newMessage('q', 'acked', { dedupId: 'b', request }),
          newMessage('q', 'in flight', { groupId: 'g' }),
          newMessage('q', 'blocked', { groupId: 'g' }),
          newMessage('q', 'delayed', { delay: 10 * second }),
        ];
        for (const outcome of await queue!.push(messages, 1)) {
          if (outcome.status === 'done') ids.push(outcome.result.messageId);
        }
        const claimed = await queue!.claim({ ...claimOne, maxMessages: 5 }, 2);
        if (claimed.status !== 'claimed') throw new Error(claimed.status);
        receipts.push(...claimed.deliveries.map(({ receipt }) => receipt));
        const [parked, acked] = receipts as [Receipt, Receipt, Receipt];
        await queue!.settle(
          [
            { kind: 'nack', receipt: parked, delay: undefined },
            { kind: 'ack', receipt: acked },
          ],
          3,
        );
      });
      expect(withFile(path, contradictionsIn)).toEqual([]);
      await withStore(path, async (_, { queue, lock }) => {
        const counts = { ready: 1, inFlight: 1, delayed: 1, parked: 1, oldestPushTime: 1 };
        expect(await queue!.get('q', 4)).toEqual({ queueId: 'q', ...counts });
        expect((await lock!.get('g', 0, 4))!.holder).toMatchObject({ kind: 'claim', owner: 'w' });
        const again = ['a', 'b'].map((dedupId) => newMessage('q', 'x', { dedupId }));
        const refused = [0, 1].map((i) => ({ status: 'refused', messageId: ids[i] }));
        expect(await queue!.push(again, 4)).toEqual(refused);
        const repeated = newMessage('q', 'acked', { request: { id: 'r', digest: 'd' } });
        expect(await queue!.push([repeated], 4)).toEqual([
          { status: 'repeated', result: { messageId: ids[1] } },
        ]);
        const acks = receipts.map((receipt) => ({ kind: 'ack', receipt }) as const);
        const settled = await queue!.settle(acks, 4);
        expect(settled.map(({ status }) => status)).toEqual(['ended', 'repeated', 'done']);
        expect(await queue!.expire(10, 5)).toEqual({ more: false, next: 10 * second + 1 });
        const rest = await queue!.claim({ ...claimOne, maxMessages: 5 }, 10 * second + 1);
        if (rest.status !== 'claimed') throw new Error(rest.status);
        expect(rest.deliveries.map(({ message }) => message.value)).toEqual(['"blocked"', '"delayed"']);
      });
      expect(withFile(path, contradictionsIn)).toEqual([]);
    }));

  test('number claims upwards, also by a clock that went back', () =>
    withPath(async (path) => {
      const claims: number[] = [];
      for (const now of [5_000, 1_000]) {
        await withStore(path, async (_, { queue }) => {
          await queue!.push([newMessage('q', 'x')], now);
          const claimed = await queue!.claim(newClaim('q', { lease: 10_000 }), now);
          if (claimed.status === 'claimed') claims.push(claimed.deliveries[0]!.receipt.claim);
          expect(await queue!.lastPlace()).toBe(claims.length);
        });
      }
      expect(claims).toEqual([5_000, 5_001]);
    }));

  test('are changed in one commit by the calls of one turn, in their order, with the locks', () =>
    withPath((path) =>
      withStore(path, async (_, { queue, lock }) => {
        await queue!.push([newMessage('warm', 'up')], 1);
        const before = commitsIn(path);
        const told: unknown[] = [];
        await queue!.watch((notice: QueueNotice) => told.push(notice));
        const pushes = [newMessage('q', '1', { groupId: 'g' }), newMessage('q', '2'), newMessage('q', '3')];
        const pushed = queue!.push(pushes, 2);
        const entered = lock!.enter(newTicket('g', 'r'), 2);
        const claimed = queue!.claim(newClaim('q'), 2);
        const deleted = lock!.delete('g', undefined, 2);
        const popped = queue!.pop('q', true, 2).then((outcome) => [outcome, told.length] as const);
        await Promise.all([pushed, entered, deleted]);
        expect(await claimed).toMatchObject({ deliveries: [{ message: { value: '"2"' } }] });
        expect(await popped).toMatchObject([{ message: { value: '"1"' } }, 1]);
        // What was taken in the same commit is not told.
        expect(told).toEqual([{ kind: 'ready', queueId: 'q', count: 1 }]);
        expect(commitsIn(path) - before).toBe(1);
      }),
    ));

  test('hand a message to who waits for it in the commit that stores it', () =>
    withPath((path) =>
      withStore(path, async (_, { queue }) => {
        await queue!.push([newMessage('warm', 'up')], 1);
        const errors: unknown[] = [];
        await using desk = await QueueDesk.open(queue!, {
          groups: true,
          onError: (error) => errors.push(error),
        });
        const popped = desk.pop('q', { waitMs: undefined, signal: new AbortController().signal });
        // Behind the pop's own look.
        await queue!.push([newMessage('other', '1')], 2);
        const before = commitsIn(path);
        await desk.push([newMessage('q', '1')]);
        expect(await popped).toMatchObject({ value: '"1"' });
        expect([commitsIn(path) - before, errors]).toEqual([1, []]);
      }),
    ));

  test('are shown and claimed as many at a time as fit, one at least', () =>
    withPath((path) =>
      withStore(path, async (_, { queue }) => {
        const sizes = [98, 8, 8, 8];
        await queue!.push(
          sizes.map((size, i) => newMessage('q', `${i}`.repeat(size))),
          1,
        );
        const query = { queueId: 'q', state: 'ready', limit: 10, maxBytes: 20 } as const;
        const shown = async (after: number) => {
          const { messages, next } = await queue!.peek({ ...query, after }, 1);
          return [messages.map(({ place }) => place), next];
        };
        expect([await shown(0), await shown(1), await shown(3)]).toEqual([
          [[1], 1],
          [[2, 3], 3],
          [[4], undefined],
        ]);
        const places: number[][] = [];
        for (let i = 0; i < 3; i++) {
          const claimed = await queue!.claim(newClaim('q', { maxMessages: 10, maxBytes: 20 }), 2);
          if (claimed.status === 'claimed')
            places.push(claimed.deliveries.map(({ message }) => message.place));
        }
        expect(places).toEqual([[1], [2, 3], [4]]);
      }),
    ));

  test('find a parked message by its id, as often as it is replayed and parked again', () =>
    withPath(async (path) => {
      await withStore(path, async (_, { queue }) => {
        const asked = newMessage('q', 'x', { maxAttempts: 1, groupId: 'g' });
        const [pushed] = await queue!.push([asked], 1);
        const ids = pushed?.status === 'done' ? [pushed.result.messageId] : [];
        for (let now = 2; now < 5; now++) {
          const claimed = await queue!.claim(newClaim('q'), now);
          if (claimed.status !== 'claimed') throw new Error(claimed.status);
          const { receipt } = claimed.deliveries[0]!;
          await queue!.settle([{ kind: 'nack', receipt, delay: undefined }], now);
          expect(await queue!.replay('other', ids, 0, now, 10, now)).toEqual({ count: 0, next: undefined });
          expect(await queue!.replay('q', ids, 0, now, 10, now)).toEqual({ count: 1, next: undefined });
        }
        await queue!.purge('q', ['ready'], 0, 10, 5);
        expect(await queue!.get('q', 5)).toMatchObject({ ready: 0, parked: 0 });
      });
      expect(withFile(path, contradictionsIn)).toEqual([]);
    }));

  test('write nothing for a claim that finds nothing', () =>
    withPath((path) =>
      withStore(path, async (_, { queue, lock }) => {
        await lock!.enter(newTicket('g', 'r'), 1);
        await queue!.push([newMessage('q', '1', { groupId: 'g' })], 1);
        const before = commitsIn(path);
        expect(await queue!.claim(newClaim('q'), 2)).toEqual({ status: 'claimed', deliveries: [] });
        expect(commitsIn(path)).toBe(before);
      }),
    ));

  test('have nothing of a commit that failed, and go on', () =>
    withPath(async (path) => {
      await withStore(path, async (_, { queue, lock }) => {
        const told: unknown[] = [];
        await queue!.watch((notice: QueueNotice) => told.push(notice));
        const broken = { ...newMessage('q', 'x'), maxAttempts: undefined as never };
        const together = [
          queue!.push([newMessage('q', 'fine')], 1),
          lock!.enter(newTicket('a', 'r'), 1),
          queue!.push([broken], 1),
        ];
        const failures = await Promise.all(together.map(rejection));
        expect(failures.map(({ reason }) => reason)).toEqual(Array(3).fill('STORE_UNAVAILABLE'));
        expect([await lock!.get('a', 0, 1), told]).toEqual([undefined, []]);
        await queue!.push([newMessage('q', 'whole')], 1);
        expect(await queue!.get('q', 1)).toMatchObject({ ready: 1 });
        expect(await queue!.lastPlace()).toBe(1);
        expect(told).toEqual([{ kind: 'ready', queueId: 'q', count: 1 }]);
      });
      expect(withFile(path, contradictionsIn)).toEqual([]);
    }));

  test('remember the last 65,536 claims, and dedup ids for their window', () =>
    withPath(async (path) => {
      const settle = (claim: number) =>
        [{ kind: 'ack', receipt: { messageId: 'm', partition: 0, claim } }] as const;
      await withStore(path, async () => {});
      withFile(path, (database) =>
        database.exec(`INSERT INTO claims (claim, message_id, group_id, queue, place, over, time, cause, end_time)
          SELECT value, 'm', '', 1, 1, 1, value, 'acked', value FROM (${numbers(65_536)})`),
      );
      await withStore(path, async (_, { queue }) => {
        expect(await queue!.settle(settle(1), 9)).toEqual([{ status: 'repeated' }]);
        await queue!.push([newMessage('q', 'x', { dedupId: 'd' })], 70_000);
        const claimed = await queue!.claim(newClaim('q'), 70_000);
        if (claimed.status !== 'claimed') throw new Error(claimed.status);
        await queue!.settle([{ kind: 'ack', receipt: claimed.deliveries[0]!.receipt }], 70_000);
        expect(await queue!.settle(settle(1), 70_000)).toEqual([{ status: 'ended', ending: undefined }]);
        expect(await queue!.settle(settle(2), 70_000)).toEqual([{ status: 'repeated' }]);
        const day = 24 * 3_600 * second;
        expect(await queue!.settle(settle(1_000), day + 1_000)).toEqual([
          { status: 'ended', ending: undefined },
        ]);
        expect(await queue!.sweep(600, day + 1_000)).toBe(true);
        expect(await queue!.sweep(600, day + 1_000)).toBe(false);
      });
      const left = 'SELECT (SELECT count(*) FROM claims) AS claims, (SELECT count(*) FROM dedups) AS dedups';
      withFile(path, (database) =>
        expect(database.prepare(left).get()).toEqual({ claims: 64_537, dedups: 0 }),
      );
    }));

  test('look nothing up by going through a table, nor sort what they find', () =>
    withPath(async (path) => {
      await withStore(path, async () => {});
      withFile(path, (database) => {
        const statements: string[] = [];
        const prepare = (sql: string) => {
          statements.push(sql);
          return database.prepare(sql);
        };
        const listening = { prepare } as unknown as Database;
        new Changer(listening, 1);
        const group = new ChangeGroup(listening, {} as Writer);
        openLock(listening, group);
        openQueue(listening, group);
        expect(statements.length).toBeGreaterThan(70);
        const plans = statements.map((sql) => [sql, ...planOf(database, sql)]);
        expect(plans.filter(([sql, ...plan]) => !isShort(sql!, plan))).toEqual([]);
      });
    }));
});

function planOf(database: Database, sql: string): readonly string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => detail as string);
}

/** A table is gone through where it has one row, or as far as a limit, in the order of its key or of an index. */
function isShort(sql: string, plan: readonly string[]): boolean {
  const scans = plan.filter((step) => step.startsWith('SCAN') && step !== 'SCAN CONSTANT ROW');
  const isOneRow = scans.every((step) => step === 'SCAN counters');
  return (isOneRow || sql.includes('LIMIT')) && !plan.some((step) => step.includes('TEMP B-TREE'));
}
