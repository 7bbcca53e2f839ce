import { expect } from '@jest/globals';
import type { Declare } from '../harness.js';
import { raiseFence } from '../ports-subject.js';
import { append, call, deletion, erase, fill, scrubAll, stored } from '../tools.js';
import * as validate from '../validators.js';

const accepted = { status: 'accepted' };
const stale = (highestFence: number) => ({ status: 'fence_stale', highestFence });

export function fenced(it: Declare): void {
  it('refuses a fence that is lower than one an append brought', async ({ store }) => {
    await stored(store, call('c', 'a', { fence: 5 }));
    expect(await append(store, call('c', 'b', { fence: 4 }))).toEqual(stale(5));
    await stored(store, call('c', 'c', { fence: 5 }));
    await stored(store, call('c', 'd', { fence: 6 }));
    expect(await append(store, call('c', 'e', { fence: 5 }))).toEqual(stale(6));
  });

  it('refuses a fence that is lower than one a read brought, also before the first event', async ({
    store,
  }) => {
    expect(await raiseFence(store, 'c', 5)).toEqual(accepted);
    expect(await append(store, call('c', 'a', { fence: 4 }))).toEqual(stale(5));
    expect(await raiseFence(store, 'c', 4)).toEqual(stale(5));
    expect(await raiseFence(store, 'c', 5)).toEqual(accepted);
    expect(await store.conversation('c')).toBeUndefined();
    await stored(store, call('c', 'a', { fence: 5, expectation: 'no_events' }));
    expect(await store.conversation('c')).toMatchObject({ highestFence: 5 });
  });

  it('does not check an append without a fence', async ({ store }) => {
    await raiseFence(store, 'c', 5);
    await stored(store, call('c', 'a'));
    expect(await store.conversation('c')).toMatchObject({ highestFence: 5 });
  });

  it('takes no fence from an append that it refuses', async ({ store }) => {
    await stored(store, call('c', 'a', { fence: 1 }));
    await append(store, call('c', 'b', { fence: 9, expectation: 'no_events' }));
    await stored(store, call('c', 'c', { fence: 2 }));
  });

  it('judges the fence before the expectation', async ({ store }) => {
    await stored(store, call('c', 'a', { fence: 5 }));
    expect(await append(store, call('c', 'b', { fence: 1, expectation: 'no_events' }))).toEqual(stale(5));
  });

  it('keeps the highest fence across lives', async ({ store }) => {
    await stored(store, call('c', 'a', { fence: 5 }));
    await erase(store, 'c', deletion);
    await scrubAll(store);
    expect(await append(store, call('c', 'b', { fence: 4 }))).toEqual(stale(5));
    expect(await raiseFence(store, 'c', 4)).toEqual(stale(5));
  });

  it('keeps fences as large as a clock in microseconds', async ({ store }) => {
    const fence = Date.now() * 1_000;
    await stored(store, call('c', 'a', { fence }));
    expect(await append(store, call('c', 'b', { fence: fence - 1 }))).toEqual(stale(fence));
  });

  it('forgets a fence that stands alone when its time is over, not one of a conversation that has events', async ({
    store,
  }) => {
    await raiseFence(store, 'alone', 5);
    await stored(store, call('c', 'a', { fence: 5 }));
    await fill(store, 'deleted', 1);
    await raiseFence(store, 'deleted', 5);
    await erase(store, 'deleted', deletion);
    const raised = Date.now() * 1_000;
    await store.scrub(100, raised - 60_000_000);
    expect(await raiseFence(store, 'alone', 4)).toEqual(stale(5));
    expect(await raiseFence(store, 'deleted', 4)).toEqual(stale(5));
    while (await store.scrub(100, raised + 60_000_000));
    expect(await raiseFence(store, 'alone', 4)).toEqual(accepted);
    expect(await raiseFence(store, 'c', 4)).toEqual(stale(5));
  });

  it('accepts no lower fence behind a higher one, whoever comes first', async ({ store }) => {
    const fences = Array.from({ length: 40 }, (_, i) => ((i * 7) % 11) + 1);
    const attempts = await Promise.all(
      fences.map(async (fence, i) => {
        const one = call('c', `a-${i}`, { fence });
        const outcome = await append(store, one);
        return { ...one, result: outcome.status === 'stored' ? outcome.result : undefined };
      }),
    );
    validate.fenced(attempts);
    expect(attempts.some(({ result }) => result === undefined)).toBe(true);
  });
}
