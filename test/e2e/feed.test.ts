import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import {
  append,
  type EventInit,
  eventsOf,
  type Item,
  numbered,
  Subscriber,
  sequencesOf,
  some,
  span,
  time,
  upTo,
} from './calls.js';
import { cleanUp, startSidecar } from './sidecar.js';

let tracker: TrackerClient;
/** What the test's own conversations begin with. */
let own: string;
let tests = 0;
beforeAll(async () => {
  ({ tracker } = await startSidecar());
});
beforeEach(() => {
  own = `${++tests}-`;
});
afterAll(cleanUp);

type Filter = Partial<Record<'conversationIds' | 'types' | 'names', string[]>> & {
  conversationIdPrefix?: string;
};
type Request = Omit<NonNullable<ConstructorParameters<typeof Subscriber>[1]>, 'filter' | '$typeName'> & {
  filter?: Filter;
};

/** A subscription to the test's own conversations; a filter names them by what is behind the prefix. */
function subscribe({ filter = {}, ...request }: Request = {}): Subscriber {
  const { conversationIds = [], conversationIdPrefix = '', ...kinds } = filter;
  const ids = conversationIds.map((id) => `${own}${id}`);
  const scope = { conversationIds: ids, conversationIdPrefix: `${own}${conversationIdPrefix}` };
  return new Subscriber(tracker, { ...request, filter: { ...kinds, ...scope } });
}

/** The same, at the log's end. */
async function subscribeLive(request: Request = {}): Promise<Subscriber> {
  const subscriber = subscribe(request);
  await subscriber.until('caughtUp');
  return subscriber;
}

function write(id: string, events: readonly EventInit[], appendId?: string) {
  return append(tracker, `${own}${id}`, events, appendId);
}

const beginning = { case: 'beginning', value: {} } as const;
const from = (cursor: string) => ({ case: 'cursor', value: cursor }) as const;

describe('the confirmation', () => {
  test('comes first and at once, whatever the log holds and however long the silence', async () => {
    await write('a', some(500));
    const begun = performance.now();
    const subscriber = subscribe({ start: beginning, heartbeatInterval: span(3_600_000) });
    expect(await subscriber.next()).toMatchObject({
      case: 'confirmation',
      value: { storeId: expect.stringMatching(/./), heartbeatInterval: { seconds: 3600n, nanos: 0 } },
    });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('says the default silence where none was asked for', async () => {
    const item = await subscribe().next();
    expect(item).toMatchObject({ value: { heartbeatInterval: { seconds: 10n, nanos: 0 } } });
  });

  test('has a cursor from which the stream resumes', async () => {
    const confirmation = (await subscribe().next()) as Extract<Item, { case: 'confirmation' }>;
    await write('a', some(3));
    const resumed = subscribe({ start: from(confirmation.value.cursor) });
    expect(sequencesOf(await resumed.until('caughtUp'))).toEqual([1, 2, 3]);
  });
});

describe('a stream starts', () => {
  beforeEach(() => write('a', some(3)));

  test('at the end where nothing is said', async () => {
    for (const start of [{ case: undefined }, { case: 'end', value: {} }] as const) {
      const subscriber = await subscribeLive({ start });
      const { lastSequence } = await write('a', [numbered(0)]);
      expect(sequencesOf(await subscriber.untilEvents(1))).toEqual([Number(lastSequence)]);
      subscriber.cancel();
    }
  });

  test('at the beginning', async () => {
    const items = await subscribe({ start: beginning }).until('caughtUp');
    expect(sequencesOf(items)).toEqual([1, 2, 3]);
  });

  test('behind a cursor', async () => {
    const first = subscribe({ start: beginning });
    const [batch] = (await first.until('events')).slice(-1) as Extract<Item, { case: 'events' }>[];
    await write('a', some(2));
    const second = subscribe({ start: from(batch!.value.cursor) });
    expect(sequencesOf(await second.until('caughtUp'))).toEqual([4, 5]);
  });

  test('with the first event that was stored at or after a time', async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { storeTime } = await write('a', some(1));
    const read = async (nanos: number) => {
      const start = { case: 'time', value: time(storeTime!.seconds, storeTime!.nanos + nanos) } as const;
      return sequencesOf(await subscribe({ start }).until('caughtUp'));
    };
    expect(await read(0)).toEqual([4]);
    expect(await read(-1_000_000)).toEqual([4]);
    expect(await read(1_000)).toEqual([]);
    const start = { case: 'time', value: time(0n) } as const;
    expect(sequencesOf(await subscribe({ start }).until('caughtUp'))).toEqual([1, 2, 3, 4]);
  });
});

test('history, then caught_up, then live events, each once and in order', async () => {
  await write('a', some(10));
  const subscriber = subscribe({ start: beginning, maxBatchSize: 3 });
  const history = await subscriber.until('caughtUp');
  expect(sequencesOf(history)).toEqual(upTo(10));
  for (let i = 0; i < 20; i++) await write('a', some(2));
  expect(sequencesOf(await subscriber.untilEvents(40))).toEqual(upTo(50, 11));
});

test('an event comes as it was written, and as it is read back', async () => {
  const event = {
    type: 'user',
    name: 'größe',
    data: '{ "a":1.0,"b":9007199254740993, "a":2 }',
    metadata: '\0x',
  };
  const { storeId, firstPosition } = await write('ä', [{ ...event, eventTime: time(5n, 7_000) }]);
  const subscriber = subscribe({ start: beginning });
  const [shown] = eventsOf(await subscriber.untilEvents(1));
  expect(shown).toMatchObject({
    ...event,
    conversationId: `${own}ä`,
    eventTime: time(5n, 7_000),
    position: firstPosition,
  });
  expect((await tracker.listEvents({ conversationId: `${own}ä` })).events).toEqual([shown]);
  expect(storeId).not.toBe('');
});

describe('silence is broken by checkpoints', () => {
  const heartbeatInterval = span(100);

  test('that come again and again', async () => {
    const subscriber = await subscribeLive({ heartbeatInterval });
    const begun = performance.now();
    for (let i = 0; i < 3; i++) expect((await subscriber.next())?.case).toBe('checkpoint');
    expect(performance.now() - begun).toBeGreaterThan(280);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('whose cursor moves past what does not match', async () => {
    const filter = { types: ['bot'] };
    const subscriber = await subscribeLive({ filter, heartbeatInterval });
    const passed = await write('a', some(5));
    await subscriber.next();
    const checkpoint = (await subscriber.next()) as Extract<Item, { case: 'checkpoint' }>;
    expect(checkpoint.case).toBe('checkpoint');
    await write('a', [numbered(6, 'bot')]);
    const resumed = subscribe({ filter, start: from(checkpoint.value.cursor) });
    expect(sequencesOf(await resumed.until('caughtUp'))).toEqual([6]);
    expect(positionIn(checkpoint.value.cursor)).toBe(Number(passed.lastPosition));
  });
});

/** The position that a cursor of a store with one partition stands at. */
function positionIn(cursor: string): number {
  return Number(/\.0~(\d+)~/.exec(cursor)?.[1]);
}

describe('a filter', () => {
  beforeEach(async () => {
    await write('ab', [
      { type: 'user', name: 'x', data: '{}' },
      { type: 'bot', name: 'y', data: '{}' },
    ]);
    await write('ac', [{ type: 'bot', name: 'x', data: '{}' }]);
    await write('b', [{ type: 'action', data: '{}' }]);
  });

  test.each([
    ['nothing', {}, ['ab 1', 'ab 2', 'ac 1', 'b 1']],
    ['conversation ids', { conversationIds: ['b', 'ab', 'zz'] }, ['ab 1', 'ab 2', 'b 1']],
    ['a prefix', { conversationIdPrefix: 'a' }, ['ab 1', 'ab 2', 'ac 1']],
    ['types', { types: ['bot', 'action'] }, ['ab 2', 'ac 1', 'b 1']],
    ['names', { names: ['x'] }, ['ab 1', 'ac 1']],
    ['types and names', { types: ['bot'], names: ['x'] }, ['ac 1']],
    ['ids that the prefix excludes', { conversationIds: ['b'], conversationIdPrefix: 'a' }, []],
    [
      'everything',
      { conversationIds: ['ab'], conversationIdPrefix: 'a', types: ['user'], names: ['x'] },
      ['ab 1'],
    ],
  ])('on %s shows just what fits, as history and live', async (_, filter, expected) => {
    const shown = (items: readonly Item[]) =>
      eventsOf(items).map(
        ({ conversationId, sequence }) => `${conversationId.slice(own.length)} ${sequence}`,
      );
    const subscriber = subscribe({ filter, start: beginning });
    expect(shown(await subscriber.until('caughtUp'))).toEqual(expected);

    const live = await subscribeLive({ filter });
    await write('b', [{ type: 'user', name: 'x', data: '{}' }]);
    await write('ac', [{ type: 'bot', name: 'y', data: '{}' }]);
    await write('ab', [
      { type: 'bot', name: 'x', data: '{}' },
      { type: 'user', name: 'x', data: '{}' },
    ]);
    const history = subscribe({ filter, start: beginning });
    const all = shown(await history.until('caughtUp'));
    const later = all.slice(expected.length);
    expect(all.slice(0, expected.length)).toEqual(expected);
    expect(shown(await live.untilEvents(later.length))).toEqual(later);
  });
});

test('a batch never parts an append, whatever its size', async () => {
  const sizes = [1, 7, 2, 2, 30, 1, 1, 1];
  for (const [i, size] of sizes.entries()) await write(`${i % 3}`, some(size), `append-${i}`);
  for (const maxBatchSize of [1, 2, 5, 1000]) {
    const items = await subscribe({ start: beginning, maxBatchSize }).until('caughtUp');
    const batches = items.filter((item) => item.case === 'events').map((item) => item.value.events);
    const parts = batches.flatMap((events) => [...new Set(events.map(({ appendId }) => appendId))]);
    expect(parts).toEqual(sizes.map((_, i) => `append-${i}`));
    expect(eventsOf(items).length).toBe(sizes.reduce((sum, size) => sum + size, 0));
    for (const events of batches) {
      const beforeLast = events.filter(({ appendId }) => appendId !== events.at(-1)!.appendId);
      expect(beforeLast.length).toBeLessThan(maxBatchSize);
    }
  }
});

describe('an erasure is shown as erased, and what it names is not shown any more', () => {
  const erased = (sequences: readonly (readonly [number, number])[], deleted: boolean) => ({
    case: 'erased',
    value: {
      conversationId: `${own}a`,
      sequences: sequences.map(([first, last]) => ({ first: BigInt(first), last: BigInt(last) })),
      deleted,
    },
  });

  test.each<[string, () => Promise<unknown>, readonly [number, number][], boolean, number[]]>([
    ['deletion', () => tracker.deleteConversation({ conversationId: `${own}a` }), [[1, 6]], true, []],
    [
      'redaction',
      () => tracker.redactEvents({ conversationId: `${own}a`, sequences: [5n, 2n, 3n] }),
      [
        [2, 3],
        [5, 5],
      ],
      false,
      [1, 4, 6],
    ],
    [
      'truncation',
      () => tracker.truncateConversation({ conversationId: `${own}a`, firstKeptSequence: 5n }),
      [[1, 4]],
      false,
      [5, 6],
    ],
  ])('after a %s', async (_, erase, sequences, deleted, left) => {
    const live = subscribe();
    const [, caughtUp] = (await live.until('caughtUp')) as { value: { cursor: string } }[];
    const other = await subscribeLive({ filter: { conversationIdPrefix: 'b' } });
    const riding = await subscribeLive({ filter: { conversationIds: ['a'], types: ['none'] } });
    await write('a', some(3));
    await write('a', some(3, 4));
    await live.untilEvents(6);
    await erase();
    expect(await live.next()).toMatchObject(erased(sequences, deleted));
    expect(await riding.next()).toMatchObject(erased(sequences, deleted));
    // From the store, and from the ring of the live end.
    for (const start of [beginning, from(caughtUp!.value.cursor)]) {
      const items = await subscribe({ start }).until('caughtUp');
      expect(sequencesOf(items)).toEqual(left);
      expect(items.filter((item) => item.case === 'erased')).toMatchObject([erased(sequences, deleted)]);
    }
    await write('b', some(1));
    expect((await other.next())?.case).toBe('events');
  });
});
