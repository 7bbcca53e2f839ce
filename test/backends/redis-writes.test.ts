import { afterAll, describe, expect, test } from '@jest/globals';
import type { TrackerStore } from '#src/storage/ports/tracker.js';
import type { Settling } from '#src/storage/redis/append.js';
import { identify } from '#src/storage/redis/identity.js';
import { partitionKeys } from '#src/storage/redis/layout.js';
import { Partitions } from '#src/storage/redis/partitions.js';
import type { Runner } from '#src/storage/redis/script.js';
import { openTracker } from '#src/storage/redis/tracker.js';
import { newAppend, newErasure } from '../conformance/ports-subject.js';
import {
  call,
  deletion,
  erase,
  fill,
  scrubAll,
  sessionStart,
  sessionStarted,
  stored,
  text,
} from '../conformance/tools.js';
import { isThere, serverNamed } from '../servers/servers.js';
import { Saboteur } from './redis-saboteur.js';
import { connectionTo, newNamespace, removeNamespace, shared, stopShared } from './redis-tools.js';

afterAll(stopShared);

const noHints = {
  tell: () => {},
  listen: () => {
    throw new Error('nobody listens');
  },
};

const ids = ['c', 'd', 'new'];

/** A history with something of everything: two lives, a redaction, a truncation, erased content still to be removed. */
async function begin(store: TrackerStore): Promise<void> {
  await fill(store, 'c', 2);
  await erase(store, 'c', deletion, 'first-life');
  await stored(store, call('c', 'a', { events: [sessionStart, text('1'), text('2')], fence: 3 }));
  await stored(store, call('c', 'b', { events: [text('3'), text('4'), sessionStarted, text('5')] }));
  await erase(store, 'c', { kind: 'redact', sequences: [4, 7] }, 'redacted');
  await fill(store, 'd', 3);
  await erase(store, 'd', { kind: 'truncate', firstKept: 3 }, 'truncated');
}

/** All that reads show, but for times and the epoch. */
async function show(store: TrackerStore): Promise<unknown> {
  const range = { end: undefined, order: 'oldest_first', maxEvents: 1_000, maxBytes: 1 << 20 } as const;
  const read = async (id: string) => [
    await store.read(id, { ...range, start: 0 }),
    await store.read(id, { ...range, start: { session: 'action_session_start' } }),
    await store.read(id, { ...range, start: { session: 'session_started' } }),
    await store.conversation(id),
  ];
  const shown = [
    await store.readLog(0, 0, { maxEvents: 1_000, maxBytes: 1 << 20 }),
    await Promise.all(ids.map(read)),
    await store.listConversations('', '', 100),
  ];
  // Whose an entry was that shows nothing is no matter.
  return JSON.parse(
    JSON.stringify(shown, (key, value) => {
      if (value?.kind === 'append' && value.events.length === 0) return { ...value, conversationId: '' };
      return /Time$|^epoch$/.test(key) ? undefined : value;
    }),
  );
}

/** The fields of all keys but META, whose content is gone or not. */
async function kept(runner: Runner, namespace: string): Promise<unknown> {
  const [, ...keys] = partitionKeys(namespace, 0, 'tracker');
  const fieldsOf = (key: string) =>
    runner.call(
      /living|scrubs|idle/.test(key) ? 'zrange' : 'hkeys',
      key,
      ...(/living|scrubs|idle/.test(key) ? [0, -1] : []),
    );
  const fields = await Promise.all(keys.map(fieldsOf));
  return fields.map((names) => (names as string[]).sort());
}

type Work = (store: TrackerStore) => Promise<unknown>;

const operations: Readonly<Record<string, Work>> = {
  'an append to a conversation': (store) =>
    stored(
      store,
      call('c', 'next', { events: [text('x'), sessionStart, sessionStarted, text('y')], fence: 4 }),
    ),
  'an append to a new conversation': (store) => stored(store, call('new', 'first', { fence: 1 })),
  'an append to a deleted conversation': async (store) => stored(store, call('d', 'again')),
  'a batch': (store) =>
    store.append([call('c', 'x'), call('new', 'y'), call('c', 'z'), call('new', 'z')].map(newAppend)),
  'a deletion': (store) => erase(store, 'c', deletion, 'r'),
  'a redaction': (store) => erase(store, 'c', { kind: 'redact', sequences: [5, 6, 8, 9] }, 'r'),
  'a truncation': (store) => erase(store, 'c', { kind: 'truncate', firstKept: 7 }, 'r'),
  'an erasure of nothing': (store) => erase(store, 'c', { kind: 'redact', sequences: [4, 7] }, 'r'),
  'a fence of a new conversation': (store) => store.raiseFence('new', 5),
  'a fence of a conversation': (store) => store.raiseFence('c', 5),
  'a step of the scrubber': (store) => store.scrub(2, 0),
  'a whole scrubbing': (store) => store.scrub(1_000, 0),
  'a trimming': (store) => store.trim(0, 6),
};

/** Nothing is waited for. */
const settling: Settling = () => async (partitions) => partitions.map(() => 'persisted');

/** Whatever is called next has to finish what is half done, or to hide it. */
const next: Readonly<Record<string, Work>> = {
  'a read of the log': (store) => store.readLog(0, 0, { maxEvents: 10, maxBytes: 1 << 20 }),
  'a read': (store) =>
    store.read('c', { start: 0, end: undefined, order: 'newest_first', maxEvents: 5, maxBytes: 1 << 20 }),
  'a look': (store) => store.conversation('new'),
  'a listing': (store) => store.listConversations('', '', 10),
  'a search': (store) => store.findPlace(0, Date.now() * 1_000),
  'a refused append': (store) => store.append([newAppend(call('c', 'never', { expectation: 999 }))]),
  'a refused erasure': (store) =>
    store.erase(
      newErasure({ conversationId: 'c', requestId: 'never', what: { kind: 'redact', sequences: [999] } }),
    ),
};

const server = serverNamed('redis');
(isThere(server) ? describe : describe.skip)('a script that fails at any of its writes', () => {
  async function withStore(
    body: (store: TrackerStore, saboteur: Saboteur, kept: () => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    const { url } = await shared('redis');
    const namespace = newNamespace();
    const saboteur = new Saboteur(await connectionTo(url));
    const identity = await identify(saboteur, namespace, 1);
    try {
      await body(
        openTracker(new Partitions(saboteur, namespace, identity), { settling, runner: saboteur }, noHints, {
          isCluster: false,
        }),
        saboteur,
        () => kept(saboteur, namespace),
      );
    } finally {
      await removeNamespace(url, namespace);
    }
  }

  test.each(Object.entries(operations))(
    '%s is seen whole or not at all, and once',
    async (name, operate) => {
      const start = async (store: TrackerStore) => {
        await begin(store);
        if (name === 'an append to a deleted conversation') await erase(store, 'd', deletion, 'gone');
      };
      let [before, after, left]: unknown[] = [];
      await withStore(async (store, _, kept) => {
        await start(store);
        before = await show(store);
        await operate(store);
        after = await show(store);
        await scrubAll(store);
        left = await kept();
      });
      let writes = 1;
      for (let failed = -1; failed !== 0; writes++) {
        failed = 0;
        for (const [i, goOn] of Object.values(next).entries()) {
          await withStore(async (store, saboteur, kept) => {
            await start(store);
            saboteur.failAt = writes;
            const outcome = await operate(store).catch(() => 'failed');
            if (outcome !== 'failed') return;
            failed += 1;
            // What finishes it fails too, a little later each time.
            for (let again = 1; again <= i; again++) {
              saboteur.failAt = again;
              await goOn(store).catch(() => {});
            }
            saboteur.failAt = 0;
            await goOn(store);
            const seen = await show(store);
            if (name !== 'a batch') expect([before, after]).toContainEqual(seen);
            await operate(store).catch(() => {});
            expect(await show(store)).toEqual(after);
            await scrubAll(store);
            expect(await kept()).toEqual(left);
          });
        }
        expect([0, Object.keys(next).length]).toContain(failed);
      }
      expect(writes).toBeGreaterThan(2);
    },
    120_000,
  );
});
