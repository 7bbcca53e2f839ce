import { afterAll, describe, expect, test } from '@jest/globals';
import type { OpenOptions } from '#src/storage/ports/backend.js';
import type { LogEntry, LogPage, Place, TrackerStore } from '#src/storage/ports/tracker.js';
import { partitionKeys } from '#src/storage/redis/layout.js';
import type { Runner } from '#src/storage/redis/script.js';
import { newAppend, newErasure, raiseFence } from '../conformance/ports-subject.js';
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
import { connectionTo, newNamespace, removeNamespace, shared, stopShared, trackerOn } from './redis-tools.js';

afterAll(stopShared);

const ids = ['c', 'd', 'new'];

/** Where the log ended when a history had begun: what is done then is not to leave a reader from before as it was. */
let begun: Place;

/** A history with something of everything: two lives, a redaction, a truncation, erased content still to be removed. */
async function begin(store: TrackerStore): Promise<void> {
  await fill(store, 'c', 2);
  await erase(store, 'c', deletion, 'first-life');
  await stored(store, call('c', 'a', { events: [sessionStart, text('1'), text('2')], fence: 3 }));
  await stored(store, call('c', 'b', { events: [text('3'), text('4'), sessionStarted, text('5')] }));
  await erase(store, 'c', { kind: 'redact', sequences: [4, 7] }, 'redacted');
  await fill(store, 'd', 3);
  await erase(store, 'd', { kind: 'truncate', firstKept: 3 }, 'truncated');
  begun = (await store.readLog(0, 0, { maxEvents: 1, maxBytes: 1 })).end;
}

/** All that reads show, but for times and the epoch. */
async function show(store: TrackerStore): Promise<unknown> {
  const range = { end: undefined, order: 'oldest_first', maxEvents: 1_000, maxBytes: 1 << 20 } as const;
  const log = await store.readLog(0, 0, { maxEvents: 1_000, maxBytes: 1 << 20 });
  const known = { epoch: log.epoch, place: begun, sequence: 5 };
  const read = async (id: string) => [
    await store.read(id, { ...range, start: 0 }),
    await store.read(id, { ...range, start: 0, known }),
    await store.read(id, { ...range, start: { session: 'action_session_start' } }),
    await store.read(id, { ...range, start: { session: 'session_started' } }),
    await store.conversation(id),
  ];
  const shown = [log, await Promise.all(ids.map(read)), await store.listConversations('', '', 100)];
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
  'a fence of a new conversation': (store) => raiseFence(store, 'new', 5),
  'a fence of a conversation': (store) => raiseFence(store, 'c', 5),
  'a step of the scrubber': (store) => store.scrub(2, 0),
  'a whole scrubbing': (store) => store.scrub(1_000, 0),
  'a trimming': (store) => store.trim(0, 6),
};

const hour = 3_600_000_000;
type Options = Pick<OpenOptions, 'retention' | 'erasureRetention'>;

/** What is done a day later. */
interface Late {
  /** Conversations are kept for an hour where nothing else is said. */
  readonly options?: Options;
  /** What had happened besides. */
  readonly start?: Work;
  readonly operate: Work;
  /** Does what may be seen done while the rest is not. */
  readonly between?: Work;
}

const tooLate: Work = (store) => store.scrub(1_000, Date.now() * 1_000 - 2 * hour);
const expireFirst: Work = (store) => erase(store, 'c', deletion, 'refused');

const late: Readonly<Record<string, Late>> = {
  'an append to an expired conversation': {
    operate: (store) => stored(store, call('c', 'a', { events: [text('x'), text('y')], fence: 4 })),
    between: expireFirst,
  },
  'a refused erasure of an expired conversation': { operate: expireFirst },
  'the end of two expired conversations': { operate: (store) => store.scrub(30, 0), between: expireFirst },
  'forgetting two conversations and their erasures': {
    options: { erasureRetention: 12 * hour },
    start: async (store) => {
      await erase(store, 'c', deletion, 'second-life');
      await erase(store, 'd', deletion, 'gone');
      await raiseFence(store, 'alone', 7);
    },
    operate: tooLate,
  },
};

/** Each erasure is forgotten on its own, and none before readers are told of it. */
function expectForgottenInSteps(seen: unknown, before: unknown): void {
  const [[was], [is]] = [before, seen] as [[LogPage], [LogPage]];
  const placesOf = (page: LogPage) =>
    page.entries.map(({ first, position, check }) => [first, position, check]);
  expect(placesOf(is)).toEqual(placesOf(was));
  const kept = ({ kind, position }: LogEntry) => kind === 'erasure' && position > is.forgotten;
  expect(is.entries.filter(kept)).toEqual(was.entries.filter(kept));
}

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
    options: Options,
    body: (store: TrackerStore, saboteur: Saboteur, kept: () => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    const { url } = await shared('redis');
    const namespace = newNamespace();
    const saboteur = new Saboteur(await connectionTo(url));
    try {
      const store = await trackerOn(saboteur, namespace, options);
      await body(store, saboteur, () => kept(saboteur, namespace));
    } finally {
      await removeNamespace(url, namespace);
    }
  }

  /** Has every write of an operation fail, and what finishes it too; checks what is seen then. */
  async function failEverywhere(
    options: Options,
    start: (store: TrackerStore, saboteur: Saboteur) => Promise<void>,
    operate: Work,
    check: (seen: unknown, before: unknown, after: unknown) => void,
  ): Promise<number> {
    let [before, after, left]: unknown[] = [];
    await withStore(options, async (store, saboteur, kept) => {
      await start(store, saboteur);
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
        await withStore(options, async (store, saboteur, kept) => {
          await start(store, saboteur);
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
          check(await show(store), before, after);
          await operate(store).catch(() => {});
          expect(await show(store)).toEqual(after);
          await scrubAll(store);
          expect(await kept()).toEqual(left);
        });
      }
      expect([0, Object.keys(next).length]).toContain(failed);
    }
    return writes;
  }

  test.each(Object.entries(operations))(
    '%s is seen whole or not at all, and once',
    async (name, operate) => {
      const start = async (store: TrackerStore) => {
        await begin(store);
        if (name === 'an append to a deleted conversation') await erase(store, 'd', deletion, 'gone');
      };
      const writes = await failEverywhere({}, start, operate, (seen, before, after) => {
        if (name !== 'a batch') expect([before, after]).toContainEqual(seen);
      });
      expect(writes).toBeGreaterThan(2);
    },
    120_000,
  );

  test.each(Object.entries(late))(
    '%s is seen in whole steps, and once',
    async (name, { options = { retention: hour }, start, operate, between }) => {
      const aDayAgo = async (store: TrackerStore, saboteur: Saboteur) => {
        saboteur.setBack = 24 * 3_600;
        await begin(store);
        await start?.(store);
        saboteur.setBack = 0;
      };
      let middle: unknown;
      await withStore(options, async (store, saboteur) => {
        await aDayAgo(store, saboteur);
        await between?.(store);
        middle = await show(store);
      });
      const writes = await failEverywhere(options, aDayAgo, operate, (seen, before, after) => {
        if (name.startsWith('forgetting')) expectForgottenInSteps(seen, before);
        else expect([before, middle, after]).toContainEqual(seen);
      });
      expect(writes).toBeGreaterThan(2);
    },
    120_000,
  );
});
