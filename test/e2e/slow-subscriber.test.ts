import { afterEach, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { append, liveSubscriber, Subscriber, sequencesOf, upTo } from './calls.js';
import { cleanUp, connectTo, startSidecar } from './sidecar.js';

afterEach(cleanUp);

const MiB = 1 << 20;
const large = (bytes: number) => ({ type: 'slot', data: JSON.stringify({ text: 'x'.repeat(bytes) }) });

/** Appends that many events of a size, some at a time. */
async function flood(
  tracker: TrackerClient,
  conversationId: string,
  count: number,
  bytes: number,
): Promise<void> {
  const event = large(bytes);
  for (let i = 0; i < count; i += 4) {
    await Promise.all(Array.from({ length: 4 }, () => append(tracker, conversationId, [event])));
  }
}

test('a subscriber that is too slow falls behind and catches up, without missing anything', async () => {
  const sidecar = await startSidecar({ env: { TRACKSIDE_FEED_RING_BYTES: '64KiB' } });
  const { tracker } = sidecar;
  const slow = await liveSubscriber(connectTo(sidecar.address).tracker);
  const count = 200;
  await flood(tracker, 'a', count, 20_000);

  const items = await slow.untilEvents(count);
  const kinds = items.map((item) => item.case);
  expect(kinds).toContain('fellBehind');
  expect(sequencesOf(items)).toEqual(upTo(count));
  expect((await slow.until('caughtUp')).length).toBe(1);

  await append(tracker, 'a', [large(1)]);
  expect(sequencesOf(await slow.untilEvents(1))).toEqual([count + 1]);
  for (const [i, item] of items.entries()) {
    if (item.case !== 'fellBehind') continue;
    const resumed = new Subscriber(tracker, { start: { case: 'cursor', value: item.value.cursor } });
    const shown = sequencesOf(items.slice(0, i)).length;
    expect(sequencesOf(await resumed.untilEvents(1))[0]).toBe(shown + 1);
    resumed.cancel();
  }
});

test('subscribers that never read cost a bounded memory and slow nobody', async () => {
  const sidecar = await startSidecar({ env: { TRACKSIDE_FEED_RING_BYTES: '1MiB' } });
  const { tracker } = sidecar;
  const reader = await liveSubscriber(connectTo(sidecar.address).tracker);
  let rounds = 0;
  /** Streams 4 MB past everybody, and answers how long the reader took to get it. */
  const stream = async () => {
    const begun = performance.now();
    await Promise.all([flood(tracker, 'a', 8, 500_000), reader.untilEvents(8)]);
    rounds += 1;
    await tracker.truncateConversation({ conversationId: 'a', firstKeptSequence: BigInt(rounds * 8 + 1) });
    return performance.now() - begun;
  };
  const alone: number[] = [];
  for (const _ of upTo(6)) alone.push(await stream());

  for (const _ of upTo(10)) await liveSubscriber(connectTo(sidecar.address).tracker);
  for (const _ of upTo(6)) await stream();
  const before = sidecar.rss();
  const beside: number[] = [];
  for (const _ of upTo(50)) beside.push(await stream());
  expect(sidecar.rss() - before).toBeLessThan(60 * MiB);
  expect(median(beside)).toBeLessThan(5 * median(alone) + 100);
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1]!;
}
