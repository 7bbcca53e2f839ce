import { afterAll, describe, expect, test } from '@jest/globals';
import type { LockStore, NewTicket } from '#src/storage/ports/lock.js';
import type { Delivery, NewMessage, QueueStore } from '#src/storage/ports/queue.js';
import { isThere, serverNamed } from '../servers/servers.js';
import { linesOn } from './redis-lines-tools.js';
import { Saboteur } from './redis-saboteur.js';
import { connectionTo, keysOf, newNamespace, removeNamespace, shared, stopShared } from './redis-tools.js';

afterAll(stopShared);

const second = 1_000_000;
const start = 1_750_000_000_000_000;

interface Stores {
  readonly lock: LockStore;
  readonly queue: QueueStore;
  /** What was claimed before. */
  readonly claimed: readonly Delivery[];
  readonly fence: number;
}

function ticket(lockId: string, requestId: string, more: Partial<NewTicket> = {}): NewTicket {
  return {
    ...{ lockId, requestId, owner: 'o', kind: 'stream', lifetime: undefined, lease: 5 * second, wait: true },
    ...{ interrupt: true, maxWaiting: 10 },
    ...more,
  };
}

function message(value: string, more: Partial<NewMessage> = {}): NewMessage {
  return {
    ...{
      queueId: 'q',
      value,
      groupId: '',
      dedupId: '',
      delay: undefined,
      maxAttempts: 9,
      request: undefined,
    },
    ...more,
  };
}

const claiming = { queueId: 'q', maxBytes: 1 << 20, lease: 5 * second, owner: 'w', groups: true };

/** What the messages are that were pushed at the beginning; the first two are claimed. */
const values = ['g1', '1', 'g2', 'h1', 'h2', '2', 'late'];

/** Locks with lines, and a queue with something of everything. */
async function begin({ lock, queue }: Pick<Stores, 'lock' | 'queue'>) {
  await queue.push(
    [
      message('g1', { groupId: 'g', dedupId: 'd' }),
      message('1', { dedupId: 'e' }),
      message('g2', { groupId: 'g' }),
      message('h1', { groupId: 'h' }),
      message('h2', { groupId: 'h' }),
      message('2'),
      message('late', { delay: second }),
    ],
    start,
  );
  const outcome = await queue.claim({ ...claiming, maxMessages: 2 }, start);
  const granted = await lock.enter(ticket('l', 'holder', { interrupt: false }), start);
  await lock.enter(ticket('l', 'next', { interrupt: false }), start);
  await lock.enter(ticket('g', 'next', { interrupt: false, lease: 3 * second }), start);
  return {
    claimed: outcome.status === 'claimed' ? outcome.deliveries : [],
    fence: granted.status === 'granted' ? granted.grant.fence : 0,
  };
}

type Work = (stores: Stores) => Promise<unknown>;
const settle =
  (i: number, kind: 'ack' | 'nack' | 'return', delay?: number): Work =>
  ({ queue, claimed }) =>
    queue.settle([{ kind, receipt: claimed[i]!.receipt, delay }], start);

const operations: Readonly<Record<string, Work>> = {
  'an enter of a free lock': ({ lock }) => lock.enter(ticket('free', 'r'), start),
  'an enter of a lock whose group has messages': ({ lock }) => lock.enter(ticket('h', 'r'), start),
  'an enter behind a claim': ({ lock }) => lock.enter(ticket('g', 'r'), start),
  'a release': ({ lock, fence }) => lock.release('l', fence, start),
  'a deletion of a claim': ({ lock }) => lock.delete('g', undefined, start),
  'the end of all tickets': ({ lock }) => lock.expire(100, start + 6 * second),
  'the end of all claims': ({ queue }) => queue.expire(100, start + 6 * second),
  'a push': ({ queue }) => queue.push([message('new', { dedupId: 'x' })], start),
  'a push with a group': ({ queue }) =>
    queue.push([message('new', { groupId: 'n', request: { id: 'r', digest: 'x' } })], start),
  'a claim': ({ queue }) => queue.claim({ ...claiming, maxMessages: 5 }, start),
  'a pop': ({ queue }) => queue.pop('q', true, start),
  'an ack': settle(1, 'ack'),
  'an ack of a group': settle(0, 'ack'),
  'a nack': settle(1, 'nack', second),
  'a return of a group': settle(0, 'return'),
  'a purge': ({ queue }) => queue.purge('q', ['ready', 'in_flight', 'delayed'], 0, 100, start),
};

/** Those by which messages go that were neither claimed nor acknowledged then. */
const removing = ['a pop', 'a purge'];

const server = serverNamed('redis');
(isThere(server) ? describe : describe.skip)(
  'a script of locks or queues that fails at any of its writes',
  () => {
    async function withStores(
      body: (stores: Stores, saboteur: Saboteur, left: () => Promise<unknown>) => Promise<void>,
    ) {
      const { url } = await shared('redis');
      const namespace = newNamespace();
      const saboteur = new Saboteur(await connectionTo(url));
      const options = { partitions: 1, dedupWindow: second, clock: 'caller' } as const;
      const stores = await linesOn(saboteur, url, namespace, options);
      try {
        await body({ ...stores, ...(await begin(stores)) }, saboteur, () => keysOf(url, namespace));
      } finally {
        await removeNamespace(url, namespace);
      }
    }

    /** Claims and acknowledges all that comes, and tells what it was. */
    async function drain({ queue }: Stores, at: number): Promise<string[]> {
      const seen: string[] = [];
      for (;;) {
        const outcome = await queue.claim({ ...claiming, maxMessages: 3 }, at);
        const deliveries = outcome.status === 'claimed' ? outcome.deliveries : [];
        if (deliveries.length === 0) return seen;
        seen.push(...deliveries.map(({ message }) => `${message.value}`));
        const all = deliveries.map(({ receipt }) => ({ kind: 'ack', receipt }) as const);
        for (const { status } of await queue.settle(all, at)) expect(status).toBe('done');
      }
    }

    test.each(Object.entries(operations))(
      '%s loses nothing, and leaves nothing behind',
      async (name, operate) => {
        let writes = 1;
        for (let failed = true; failed; writes++) {
          await withStores(async (stores, saboteur, left) => {
            saboteur.failAt = writes;
            failed = await operate(stores).then(
              () => false,
              () => true,
            );
            saboteur.failAt = 0;
            if (failed) await operate(stores).catch(() => {});
            const { lock, queue } = stores;
            const later = start + 60 * second;
            for (const lockId of ['l', 'g', 'h', 'free']) {
              const line = await lock.get(lockId, 9, start);
              if (line) expect(line.holder.fence).toBeGreaterThanOrEqual(start);
            }
            for (let step = { more: true }; step.more; ) step = await lock.expire(100, later);
            for (let step = { more: true }; step.more; ) step = await queue.expire(100, later);
            const seen = await drain(stores, later);
            expect(new Set(seen).size).toBe(seen.length);
            if (!removing.includes(name)) {
              const acked =
                name.startsWith('an ack') && !name.includes('group')
                  ? ['1']
                  : name.startsWith('an ack')
                    ? ['g1']
                    : [];
              expect(seen).toEqual(expect.arrayContaining(values.filter((one) => !acked.includes(one))));
            }
            for (const group of ['g', 'h']) {
              const order = seen.filter((one) => one.startsWith(group));
              expect(order).toEqual(order.toSorted());
            }
            for (const lockId of ['l', 'g', 'h', 'free']) {
              expect(await lock.enter(ticket(lockId, 'again'), later)).toMatchObject({ status: 'granted' });
              await lock.delete(lockId, undefined, later);
            }
            for (const state of ['ready', 'in_flight', 'delayed', 'parked'] as const) {
              expect(
                await queue.peek({ queueId: 'q', state, after: 0, limit: 9, maxBytes: 99 }, later),
              ).toEqual({
                messages: [],
                next: undefined,
              });
            }
            expect(await queue.list('', '', 9, later)).toEqual([]);
            for (let more = true; more; ) more = await queue.sweep(1_000, later + 2 * 86_400 * second);
            for (let more = true; more; ) more = await lock.sweep(1_000, later + 2 * 86_400 * second);
            expect(await left()).toEqual(['0:meta', 'store']);
          });
        }
        expect(writes).toBeGreaterThan(3);
      },
      120_000,
    );
  },
);
