import { expect } from '@jest/globals';
import type { Declare } from '../harness.js';
import { append, call, deletion, erase, eventsOf, scrubAll, stored, text } from '../tools.js';
import * as validate from '../validators.js';

export function idempotent(it: Declare): void {
  it('answers a repeat with the first result and stores nothing', async ({ store }) => {
    const result = await stored(store, call('c', 'a'));
    await stored(store, call('c', 'b'));
    const repeat = await append(store, call('c', 'a'));
    expect(repeat).toEqual({ status: 'repeated', result });
    validate.idempotent(
      [call('c', 'a'), call('c', 'a')].map((one) => ({ ...one, result })),
      await eventsOf(store, 'c'),
    );
  });

  it('judges a repeat by its events alone, not by its fence or expectation', async ({ store }) => {
    const result = await stored(store, call('c', 'a', { expectation: 'no_events', fence: 5 }));
    const repeats = [{ expectation: 'no_events' }, { expectation: 7 }, { fence: 1 }, { fence: 9 }] as const;
    for (const more of repeats) {
      expect(await append(store, call('c', 'a', more))).toEqual({ status: 'repeated', result });
    }
    // A repeat brings no fence either.
    expect(await append(store, call('c', 'b', { fence: 6 }))).toMatchObject({ status: 'stored' });
  });

  it('refuses other events under the same id, with the first result', async ({ store }) => {
    const result = await stored(store, call('c', 'a'));
    expect(await append(store, call('c', 'a', { events: [text('other')] }))).toEqual({
      status: 'append_id_reused',
      result,
    });
  });

  it('knows an append by its conversation and id', async ({ store }) => {
    await stored(store, call('c', 'a'));
    await stored(store, call('d', 'a', { events: [text('other')] }));
  });

  it('forgets no id that was truncated or redacted, also after its content is gone', async ({ store }) => {
    const first = await stored(store, call('c', 'a'));
    const second = await stored(store, call('c', 'b'));
    await stored(store, call('c', 'c'));
    await erase(store, 'c', { kind: 'truncate', firstKept: 2 });
    await erase(store, 'c', { kind: 'redact', sequences: [2] });
    await scrubAll(store);
    expect(await append(store, call('c', 'a'))).toEqual({ status: 'repeated', result: first });
    expect(await append(store, call('c', 'b', { events: [text('other')] }))).toEqual({
      status: 'append_id_reused',
      result: second,
    });
  });

  it('forgets the ids of a life that was deleted', async ({ store }) => {
    await stored(store, call('c', 'a'));
    await erase(store, 'c', deletion);
    const again = await stored(store, call('c', 'a', { events: [text('other')] }));
    expect(again.firstSequence).toBe(2);
  });

  it('stores an append once that is tried many times at once', async ({ store }) => {
    const tries = await Promise.all(Array.from({ length: 8 }, () => append(store, call('c', 'a'))));
    expect(tries.filter(({ status }) => status === 'stored')).toHaveLength(1);
    expect(tries.filter(({ status }) => status === 'repeated')).toHaveLength(7);
    expect(await eventsOf(store, 'c')).toHaveLength(1);
  });

  it('answers a repeated erasure with the first result, across lives', async ({ store }) => {
    await stored(store, call('c', 'a'));
    const first = await erase(store, 'c', deletion, 'r');
    expect(await erase(store, 'c', deletion, 'r')).toEqual({ ...first, status: 'repeated' });
    await stored(store, call('c', 'b'));
    expect(await erase(store, 'c', deletion, 'r')).toEqual({ ...first, status: 'repeated' });
    expect(await eventsOf(store, 'c')).toHaveLength(1);
  });

  it('refuses another erasure under the same id', async ({ store }) => {
    await stored(store, call('c', 'a'));
    const first = await erase(store, 'c', { kind: 'redact', sequences: [1] }, 'r');
    expect(await erase(store, 'c', deletion, 'r')).toEqual({ ...first, status: 'request_id_reused' });
    expect(await store.conversation('c')).toBeDefined();
  });
}
