import { expect } from '@jest/globals';
import type { Backend } from '#src/storage/ports/backend.js';
import type { NewTicket } from '#src/storage/ports/lock.js';
import type {
  ClaimRequest,
  Delivery,
  Message,
  NewMessage,
  PushOutcome,
  QueueNotice,
  QueueStore,
  Receipt,
  Settlement,
} from '#src/storage/ports/queue.js';

interface Given extends Stores {
  reopen(): Promise<Stores>;
}
type Stores = Required<Pick<Backend, 'lock' | 'queue'>>;
type Declare = (behaviour: string, body: (given: Given) => Promise<void>) => void;

const now = 1_750_000_000_000_000;
const second = 1_000_000;
const day = 24 * 3_600 * second;
export const dedupWindow = 300 * second;

/** A message for the queue `q`, its value a number. */
function message(number: number, more: Partial<NewMessage> = {}): NewMessage {
  return {
    ...{ queueId: 'q', value: `${number}`, groupId: '', dedupId: '', maxAttempts: 2 },
    ...{ delay: undefined, request: undefined },
    ...more,
  };
}

function idOf(outcome: PushOutcome | undefined): string {
  if (outcome?.status !== 'done') throw new Error(`it was not pushed: ${outcome?.status}`);
  return outcome.result.messageId;
}

async function push(store: QueueStore, messages: readonly NewMessage[], at = now): Promise<string[]> {
  return (await store.push(messages, at)).map(idOf);
}

async function claim(
  store: QueueStore,
  at = now,
  more: Partial<ClaimRequest> = {},
): Promise<readonly Delivery[]> {
  const request = {
    queueId: 'q',
    maxMessages: 10,
    maxBytes: 1 << 20,
    lease: second,
    owner: 'w',
    groups: true,
  };
  const outcome = await store.claim({ ...request, ...more }, at);
  if (outcome.status !== 'claimed') throw new Error(`it was not claimed: ${outcome.status}`);
  return outcome.deliveries;
}

async function settle(store: QueueStore, kind: 'ack' | 'nack' | 'return', receipt: Receipt, at = now) {
  const [outcome] = await store.settle([{ kind, receipt, delay: undefined } as Settlement], at);
  return outcome!;
}

/** The values of messages, as numbers. */
function valuesOf(all: readonly (Message | Delivery)[]): number[] {
  return all.map((one) => Number(('message' in one ? one.message : one).value));
}

async function shown(store: QueueStore, state: 'ready' | 'delayed' | 'in_flight' | 'parked', at = now) {
  const query = { queueId: 'q', state, after: 0, limit: 1_000, maxBytes: 1 << 20 };
  return valuesOf((await store.peek(query, at)).messages);
}

const asking: NewTicket = {
  ...{ lockId: 'g', requestId: 'r', owner: '', kind: 'lease', lifetime: 60 * second, lease: 60 * second },
  ...{ wait: true, interrupt: false, maxWaiting: 10 },
};

export function queueTests(it: Declare): void {
  it('give many who claim at once a message each, and none twice', async ({ queue }) => {
    await push(
      queue,
      Array.from({ length: 100 }, (_, i) => message(i)),
    );
    const claims = Array.from({ length: 50 }, () => claim(queue, now, { maxMessages: 3 }));
    const values = valuesOf((await Promise.all(claims)).flat());
    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('keep the order when messages are given back or their leases run out', async ({ queue }) => {
    await push(
      queue,
      [1, 2, 3, 4, 5].map((i) => message(i, { maxAttempts: 9 })),
    );
    const [first, second_] = await claim(queue, now, { maxMessages: 3 });
    await settle(queue, 'nack', second_!.receipt);
    expect(valuesOf(await claim(queue, now, { maxMessages: 1 }))).toEqual([2]);
    await settle(queue, 'return', first!.receipt);
    expect(valuesOf(await claim(queue, now, { maxMessages: 2 }))).toEqual([1, 4]);
    expect(valuesOf(await claim(queue, now + second))).toEqual([1, 2, 3, 4, 5]);
  });

  it('deliver a group one at a time, in order, and past one that is parked', async ({ queue }) => {
    await push(queue, [1, 2, 3].map((i) => message(i, { groupId: 'g' })).concat(message(4)));
    const [first, other] = await claim(queue);
    expect(valuesOf([first!, other!])).toEqual([1, 4]);
    expect(await claim(queue)).toEqual([]);
    await settle(queue, 'nack', first!.receipt);
    const [again] = await claim(queue);
    expect(valuesOf([again!])).toEqual([1]);
    await settle(queue, 'nack', again!.receipt);
    expect(await shown(queue, 'parked')).toEqual([1]);
    const [next] = await claim(queue);
    expect(valuesOf([next!])).toEqual([2]);
    await settle(queue, 'ack', next!.receipt);
    expect(valuesOf(await claim(queue))).toEqual([3]);
  });

  it('hold a group up behind a delayed message, until it is due', async ({ queue }) => {
    await push(queue, [message(1, { groupId: 'g', delay: 10 }), message(2, { groupId: 'g' })]);
    expect(await claim(queue, now + 9)).toEqual([]);
    expect(valuesOf(await claim(queue, now + 10))).toEqual([1]);
  });

  it('refuse what comes after the lease, and name what was before', async ({ queue, reopen }) => {
    await push(queue, [message(1), message(2)]);
    const [late, acked] = await claim(queue);
    expect(await settle(queue, 'ack', acked!.receipt, now + second - 1)).toEqual({ status: 'done' });
    const again = await reopen();
    const end = now + second;
    expect(await settle(again.queue, 'ack', late!.receipt, end)).toEqual({
      status: 'ended',
      ending: { cause: 'expired', endTime: end },
    });
    expect(await settle(again.queue, 'ack', acked!.receipt, end)).toEqual({ status: 'repeated' });
    expect(await settle(again.queue, 'nack', acked!.receipt, end)).toEqual({
      status: 'ended',
      ending: { cause: 'acked', endTime: end - 1 },
    });
    expect(await settle(again.queue, 'ack', acked!.receipt, end - 1 + day)).toEqual({
      status: 'ended',
      ending: undefined,
    });
    expect(valuesOf(await claim(again.queue, end))).toEqual([1]);
  });

  it('park what was claimed in vain as often as may be, and replay it at the end', async ({
    queue,
    reopen,
  }) => {
    await push(queue, [message(1, { maxAttempts: 1, dedupId: 'd' }), message(2)]);
    const [first] = await claim(queue, now, { maxMessages: 1 });
    const { queue: store } = await reopen();
    expect(await store.expire(100, now + second)).toEqual({ more: false, next: undefined });
    expect(await store.get('q', now + second)).toMatchObject({ ready: 1, inFlight: 0, parked: 1 });
    const [refused] = await store.push([message(3, { dedupId: 'd' })], now + day);
    expect(refused).toEqual({ status: 'refused', messageId: first!.message.messageId });
    const last = await store.lastPlace();
    expect(await store.replay('q', undefined, 0, last, 10, now + second)).toMatchObject({ count: 1 });
    const all = await claim(store, now + second);
    expect(valuesOf(all)).toEqual([2, 1]);
    expect(all[1]!.message).toMatchObject({ messageId: first!.message.messageId, attempts: 1 });
  });

  it('refuse a dedup id until its window is over, to the microsecond', async ({ queue }) => {
    const [id] = await push(queue, [message(1, { dedupId: 'd' })]);
    const twin = async (at: number, more = {}) =>
      (await queue.push([message(2, { dedupId: 'd', ...more })], at))[0]!;
    expect(await twin(now)).toEqual({ status: 'refused', messageId: id });
    expect(await twin(now, { queueId: 'other' })).toMatchObject({ status: 'done' });
    const [one] = await claim(queue);
    await settle(queue, 'ack', one!.receipt, now + 1);
    expect(await twin(now + dedupWindow)).toEqual({ status: 'refused', messageId: id });
    expect(await twin(now + 1 + dedupWindow)).toMatchObject({ status: 'done' });
    expect(await queue.purge('q', ['ready'], 0, 10, now)).toMatchObject({ count: 1 });
    expect(await twin(now + 2 + dedupWindow)).toMatchObject({ status: 'done' });
  });

  it('push once by request, for a day', async ({ queue, reopen }) => {
    const pushed = message(1, { request: { id: 'r', digest: 'd' } });
    const [id] = await push(queue, [pushed]);
    const { queue: store } = await reopen();
    const again = async (digest: string, at: number) =>
      (await store.push([{ ...pushed, request: { id: 'r', digest } }], at))[0]!;
    expect(await again('d', now + day - 1)).toEqual({ status: 'repeated', result: { messageId: id } });
    expect(await again('e', now + day - 1)).toEqual({ status: 'request_id_reused' });
    expect(await again('d', now + day)).toMatchObject({ status: 'done' });
  });

  it('hold the lock of a group by a claim, and let none be claimed while it is held', async ({
    lock,
    queue,
  }) => {
    await push(queue, [message(1, { groupId: 'g' }), message(2, { groupId: 'g' })]);
    const [first] = await claim(queue);
    const { fence, receipt } = first!;
    expect(fence).toBe(receipt.claim);
    expect(await lock.get('g', 1, now)).toMatchObject({
      holder: { fence, ticket: fence, kind: 'claim', owner: 'w' },
    });
    expect(await lock.release('g', fence!, now)).toEqual({ status: 'wrong_kind', kind: 'claim' });
    expect(await lock.extend('g', fence!, second, now)).toEqual({ status: 'wrong_kind', kind: 'claim' });
    expect(await lock.enter(asking, now)).toMatchObject({ status: 'queued', ahead: 1 });
    await settle(queue, 'ack', receipt);
    const line = await lock.get('g', 1, now);
    expect(line).toMatchObject({ holder: { kind: 'lease' }, waiting: 0 });
    expect(line!.holder.fence).toBeGreaterThan(fence!);
    expect(await claim(queue)).toEqual([]);
    expect(await queue.pop('q', true, now)).toEqual({ status: 'popped', message: undefined });
    const notices: QueueNotice[] = [];
    await queue.watch((notice) => notices.push(notice));
    await lock.release('g', line!.holder.fence, now);
    expect(notices).toEqual([{ kind: 'ready', queueId: 'q', count: 1 }]);
    const [next] = await claim(queue);
    expect(next!.fence).toBeGreaterThan(line!.holder.fence);
  });

  it('give a message back whose lock was deleted, or asked for, and tell it', async ({ lock, queue }) => {
    await push(queue, [message(1, { groupId: 'g' })]);
    const [first] = await claim(queue);
    const { receipt } = first!;
    const notices: QueueNotice[] = [];
    await queue.watch((notice) => notices.push(notice));
    await lock.enter({ ...asking, interrupt: true, lease: 1 }, now);
    const extension = { kind: 'extend', receipt, lease: second } as const;
    expect(await queue.settle([extension], now)).toMatchObject([{ status: 'extended', interrupted: true }]);
    expect(await lock.delete('g', undefined, now + 1)).toBe(true);
    const ending = { cause: 'deleted', endTime: now + 1 };
    expect(notices).toHaveLength(3);
    expect(notices).toContainEqual({ kind: 'interrupted', queueId: 'q', receipt });
    expect(notices).toContainEqual({ kind: 'ended', queueId: 'q', receipt, ending });
    expect(notices).toContainEqual({ kind: 'ready', queueId: 'q', count: 1 });
    expect(await settle(queue, 'ack', receipt, now + 1)).toEqual({ status: 'ended', ending });
    expect(valuesOf(await claim(queue, now + 1))).toEqual([1]);
  });

  it('leave a request alone that is named like a message', async ({ lock, queue }) => {
    const [requestId] = await push(queue, [message(1, { groupId: 'g' })]);
    const [first] = await claim(queue);
    const named = { ...asking, requestId: requestId! };
    expect(await lock.enter(named, now)).toMatchObject({ status: 'queued', ahead: 1 });
    await lock.delete('g', first!.fence, now);
    expect(await lock.get('g', 1, now)).toMatchObject({ holder: { kind: 'lease' } });
    await lock.enter({ ...named, lockId: 'other' }, now);
    await lock.leave('g', (await lock.get('g', 0, now))!.holder.ticket, true, now);
    const [again] = await claim(queue);
    await settle(queue, 'ack', again!.receipt);
    expect(
      await lock.enter({ ...named, requestId: again!.message.messageId, lockId: 'g2' }, now),
    ).toMatchObject({
      status: 'granted',
    });
  });

  it('tell of a group rather than claim it, where there are no locks', async ({ queue }) => {
    await push(queue, [message(1), message(2, { groupId: 'g' }), message(3)]);
    const request = {
      queueId: 'q',
      maxMessages: 10,
      maxBytes: 1_000,
      lease: second,
      owner: '',
      groups: false,
    };
    const outcome = await queue.claim(request, now);
    expect(outcome.status === 'claimed' && valuesOf(outcome.deliveries)).toEqual([1]);
    expect(await queue.claim(request, now)).toEqual({ status: 'groups_unavailable' });
    expect(await queue.pop('q', false, now)).toEqual({ status: 'groups_unavailable' });
    expect(await shown(queue, 'ready')).toEqual([2, 3]);
  });

  it('claim as much as fits, and the first however large', async ({ queue }) => {
    await push(
      queue,
      [1_000, 2_000, 3_000].map((i) => message(i)),
    );
    expect(valuesOf(await claim(queue, now, { maxBytes: 1 }))).toEqual([1_000]);
    expect(valuesOf(await claim(queue, now, { maxBytes: 7 }))).toEqual([2_000]);
    expect(valuesOf(await claim(queue, now + second, { maxBytes: 8 }))).toEqual([1_000, 2_000]);
  });

  it('put back what was popped, as if it never was', async ({ queue }) => {
    await push(queue, [message(1, { dedupId: 'd', groupId: 'g' }), message(2)]);
    const before = await queue.peek({ queueId: 'q', state: 'ready', after: 0, limit: 9, maxBytes: 99 }, now);
    const popped = await queue.pop('q', true, now);
    const taken = popped.status === 'popped' ? popped.message! : undefined;
    expect(taken).toMatchObject({ value: '1', attempts: 1 });
    await queue.putBack([taken!], now);
    expect(await queue.peek({ queueId: 'q', state: 'ready', after: 0, limit: 9, maxBytes: 99 }, now)).toEqual(
      before,
    );
    expect((await queue.push([message(3, { dedupId: 'd' })], now))[0]).toMatchObject({ status: 'refused' });
  });

  it('keep everything as it was when opened again', async ({ queue, reopen }) => {
    const bytes = new Uint8Array([0, 255]);
    await push(queue, [
      message(1, { value: bytes }),
      message(2, { delay: 5 }),
      message(3, { maxAttempts: 1 }),
    ]);
    await push(queue, [message(4, { value: '{"b": 1.0}', groupId: 'g' })]);
    await queue.pop('q', true, now);
    const [parked, flying] = await claim(queue, now, { lease: day });
    await settle(queue, 'nack', parked!.receipt);
    const all = async (store: QueueStore) => ({
      state: await store.get('q', now),
      messages: await Promise.all(
        (['ready', 'delayed', 'in_flight', 'parked'] as const).map(async (state) =>
          store.peek({ queueId: 'q', state, after: 0, limit: 9, maxBytes: 1 << 20 }, now),
        ),
      ),
      last: await store.lastPlace(),
    });
    const before = await all(queue);
    expect(before.state).toMatchObject({ ready: 0, delayed: 1, inFlight: 1, parked: 1 });
    const again = await reopen();
    expect(await all(again.queue)).toEqual(before);
    expect(await again.lock.get('g', 0, now)).toMatchObject({ holder: { fence: flying!.fence } });
    expect(await settle(again.queue, 'ack', flying!.receipt)).toEqual({ status: 'done' });
  });
}
