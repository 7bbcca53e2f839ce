import { describe, expect, test } from '@jest/globals';
import type { TrackerStore } from '#src/storage/ports/tracker.js';
import { newAppend, wide, withFile, withPath, withStore } from './sqlite-tools.js';

const deletion = { kind: 'delete', conversationId: 'ended', requestId: 'r', digest: 'd' } as const;

const end = (store: TrackerStore) => store.erase({ ...deletion, expectedSequence: undefined });

async function scrubAll(store: TrackerStore): Promise<void> {
  while (await store.scrub(2, 0));
}

describe('behind a trimmed place, entries of ended lives go, others stay', () => {
  const orders: Record<string, (store: TrackerStore) => Promise<unknown>> = {
    'scrubbed before it was trimmed': async (store) => {
      await end(store);
      await scrubAll(store);
      await store.trim(0, 6);
    },
    'trimmed before it was scrubbed': async (store) => {
      await end(store);
      await store.trim(0, 6);
    },
    'trimmed before it ended': async (store) => {
      await store.trim(0, 6);
      await scrubAll(store);
      await end(store);
    },
  };

  test.each(Object.entries(orders))('%s', (_, run) =>
    withPath(async (path) => {
      await withStore(path, async (store) => {
        for (let i = 1; i <= 3; i++)
          await store.append([newAppend('ended', `${i}`), newAppend('living', `${i}`)]);
        await store.append([newAppend('ended', 'behind')]);
        await run(store);
        await scrubAll(store);
        const range = { start: 1, end: undefined, order: 'oldest_first', ...wide } as const;
        expect((await store.read('living', range)).events).toHaveLength(3);
        expect((await store.append([newAppend('living', '1')]))[0]!.status).toBe('repeated');
        expect((await store.readLog(0, 6, wide)).entries.map(({ position }) => position)).toEqual([7, 8]);
        expect((await end(store)).status).toBe('repeated');
      });
      const places = withFile(path, (database) => database.prepare('SELECT place FROM log').all());
      expect(places.map(({ place }) => place)).toEqual([2, 4, 6, 7, 8]);
    }),
  );
});
