import { expect } from '@jest/globals';
import type { Declare } from '../harness.js';
import { append, call, deletion, erase, eventsOf, fill, Reader, stored, text } from '../tools.js';
import * as validate from '../validators.js';

export function durable(it: Declare): void {
  it('says how durable an append is', async ({ store, harness }) => {
    expect((await stored(store, call('c', 'a'))).durability).toBe(harness.durability);
  });

  it('keeps what it acknowledged, with its places and checks, when it is opened again', async ({
    store,
    reopen,
  }) => {
    const calls = ['a', 'b', 'c'].map((id) => call(`chat-${id}`, id, { events: [text('1'), text('2')] }));
    const attempts = [];
    for (const one of calls) attempts.push({ ...one, result: await stored(store, one) });
    const { partition } = attempts[0]!.result;
    const before = await new Reader(store, partition).finish();

    const again = await reopen();

    const after = await new Reader(again, partition).finish();
    expect(after.entries).toEqual(before.entries);
    const kept = (await Promise.all(calls.map((one) => eventsOf(again, one.conversationId)))).flat();
    validate.durable(attempts, kept);
    validate.verbatim(attempts, kept);
  });

  it('keeps append ids, fences, lives and erasures when it is opened again', async ({ store, reopen }) => {
    await fill(store, 'old', 3);
    const deleted = await erase(store, 'old', deletion, 'gone');
    await stored(store, call('old', 'new-life'));
    const first = await stored(store, call('c', 'a', { fence: 7 }));
    const before = [await store.conversation('old'), await store.conversation('c')];

    const again = await reopen();

    expect([await again.conversation('old'), await again.conversation('c')]).toEqual(before);
    expect(await append(again, call('c', 'a'))).toEqual({ status: 'repeated', result: first });
    expect(await append(again, call('c', 'b', { fence: 6 }))).toEqual({
      status: 'fence_stale',
      highestFence: 7,
    });
    expect(await erase(again, 'old', deletion, 'gone')).toEqual({ ...deleted, status: 'repeated' });
  });

  it('goes on with positions, sequences and times behind those before', async ({ store, reopen }) => {
    const before = await stored(store, call('c', 'a'));
    const again = await reopen();
    const after = await stored(again, call('c', 'b'));
    expect(after.firstPosition).toBe(before.lastPosition + 1);
    expect(after.firstSequence).toBe(before.lastSequence + 1);
    expect(after.storeTime).toBeGreaterThanOrEqual(before.storeTime);
  });

  it('keeps its ids and its number of partitions', async ({ store, reopen }) => {
    const epochOf = async (of: typeof store) => (await of.readLog(0, 0, { maxEvents: 1, maxBytes: 1 })).epoch;
    const before = [store.storeId, store.partitions, await epochOf(store)];
    const again = await reopen();
    expect([again.storeId, again.partitions, await epochOf(again)]).toEqual(before);
  });
}
