import { expect } from '@jest/globals';
import type { Declare } from '../harness.js';
import { append, call, deletion, erase, eventsOf, fill, stored } from '../tools.js';
import * as validate from '../validators.js';

const conflict = (lastSequence: number, exists: boolean) => ({ status: 'conflict', lastSequence, exists });

export function conditional(it: Declare): void {
  it('holds no_events for a new conversation, and refuses it for one with events', async ({ store }) => {
    await stored(store, call('c', 'a', { expectation: 'no_events' }));
    expect(await append(store, call('c', 'b', { expectation: 'no_events' }))).toEqual(conflict(1, true));
  });

  it('holds has_events for a conversation with events, and refuses it for a new one', async ({ store }) => {
    expect(await append(store, call('c', 'a', { expectation: 'has_events' }))).toEqual(conflict(0, false));
    await stored(store, call('c', 'b'));
    await stored(store, call('c', 'c', { expectation: 'has_events' }));
  });

  it('holds a sequence that is the last one, and no other', async ({ store }) => {
    await stored(store, call('c', 'a', { expectation: 0 }));
    await fill(store, 'c', 2);
    for (const expectation of [0, 2, 4]) {
      expect(await append(store, call('c', 'b', { expectation }))).toEqual(conflict(3, true));
    }
    await stored(store, call('c', 'b', { expectation: 3 }));
  });

  for (const expectation of ['no_events', 0] as const) {
    it(`holds ${expectation} for a deleted conversation, whose sequence goes on, and nothing that was read before`, async ({
      store,
    }) => {
      await fill(store, 'c', 2);
      await erase(store, 'c', deletion);
      for (const stale of ['has_events', 1, 2] as const) {
        expect(await append(store, call('c', 'a', { expectation: stale }))).toEqual(conflict(2, false));
      }
      const result = await stored(store, call('c', 'b', { expectation }));
      expect(result.firstSequence).toBe(3);
    });
  }

  it('still has events where all of them are truncated or redacted', async ({ store }) => {
    await fill(store, 'c', 3);
    await erase(store, 'c', { kind: 'redact', sequences: [3] });
    await erase(store, 'c', { kind: 'truncate', firstKept: 4 });
    expect(await append(store, call('c', 'a', { expectation: 'no_events' }))).toEqual(conflict(3, true));
    await stored(store, call('c', 'b', { expectation: 3 }));
  });

  it('lets one of many through that expect the same sequence', async ({ store }) => {
    const attempts = [];
    for (let expected = 0; expected < 5; expected++) {
      const calls = Array.from({ length: 6 }, (_, i) =>
        call('c', `${expected}-${i}`, { expectation: expected }),
      );
      for (const { one, outcome } of await Promise.all(
        calls.map(async (one) => ({ one, outcome: await append(store, one) })),
      )) {
        attempts.push({ ...one, expected, result: outcome.status === 'stored' ? outcome.result : undefined });
      }
    }
    validate.conditional(attempts);
    expect(await eventsOf(store, 'c')).toHaveLength(5);
  });
}
