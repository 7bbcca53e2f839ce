import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BatchGetEntriesResponseSchema } from '#gen/trackside/v1/cache_service_pb.js';
import { ListItemsResponseSchema } from '#gen/trackside/v1/record_service_pb.js';
import { badInput, failureOf, span, time, tooLarge } from './calls.js';
import { bytes, json, startKeyed } from './keyed.js';
import { cleanUp, temporaryFolder } from './sidecar.js';

const MiB = 1024 * 1024;
const maxResponse = 3 * MiB;

afterAll(cleanUp);

type Keyed = Awaited<ReturnType<typeof startKeyed>>;

describe.each(['memory', 'sqlite'])('the cache on %s', (engine) => {
  let cache: Keyed['cache'];
  beforeAll(async () => {
    const url = engine === 'memory' ? 'memory:' : `sqlite:${join(await temporaryFolder(), 'c.db')}`;
    ({ cache } = await startKeyed({ storage: url, env: { TRACKSIDE_STORAGE_CACHE: url } }));
  });

  test('keeps JSON to the letter, and bytes', async () => {
    for (const value of [json('{"z": 1.0,"a":[ ]}'), bytes(0, 255), json('null'), bytes()]) {
      await cache.setEntry({ key: 'verbatim', value });
      const { entry } = await cache.getEntry({ key: 'verbatim' });
      expect(entry!.value).toMatchObject(value);
      expect(entry!.expireTime).toBeUndefined();
    }
    expect((await cache.getEntry({ key: 'nothing' })).entry).toBeUndefined();
  });

  test('forgets an entry at its expiry, in every call', async () => {
    const expiry = { case: 'ttl' as const, value: span(120) };
    await cache.setEntry({ key: 'ttl-1', value: json('1'), expiry });
    await cache.incrementEntry({ key: 'ttl-2', expiry });
    expect((await cache.getEntry({ key: 'ttl-1' })).entry!.expireTime).toBeDefined();
    await sleep(150);
    expect((await cache.getEntry({ key: 'ttl-1' })).entry).toBeUndefined();
    expect(await cache.hasEntry({ key: 'ttl-2' })).toMatchObject({ exists: false });
    const { results } = await cache.batchGetEntries({ keys: ['ttl-1', 'ttl-2'] });
    expect(results.map(({ result }) => result.case)).toEqual(['missing', 'missing']);
    expect((await cache.listEntryKeys({ pattern: 'ttl-*' })).keys).toEqual([]);
    expect(await cache.touchEntry({ key: 'ttl-1' })).toMatchObject({ touched: false });
    const condition = { case: 'absent' as const, value: {} };
    expect(await cache.setEntry({ key: 'ttl-1', value: json('2'), condition })).toMatchObject({
      written: true,
    });
    expect(await cache.incrementEntry({ key: 'ttl-2', delta: 5n })).toMatchObject({ value: 5n });
  });

  test('touches and deletes', async () => {
    await cache.setEntry({ key: 'touch', value: json('1') });
    const past = { case: 'expireTime' as const, value: time(1n) };
    const later = { case: 'ttl' as const, value: span(60_000) };
    expect((await cache.touchEntry({ key: 'touch', expiry: later })).expireTime).toBeDefined();
    expect(await cache.touchEntry({ key: 'touch', expiry: past })).toMatchObject({ touched: true });
    expect(await cache.hasEntry({ key: 'touch' })).toMatchObject({ exists: false });
    await cache.setEntry({ key: 'touch', value: json('1') });
    expect(await cache.deleteEntry({ key: 'touch' })).toMatchObject({ deleted: true });
    expect(await cache.deleteEntry({ key: 'touch' })).toMatchObject({ deleted: false });
  });

  test('writes where the condition holds', async () => {
    const write = (
      value: string,
      condition: NonNullable<Parameters<typeof cache.setEntry>[0]['condition']>,
    ) => cache.setEntry({ key: 'cond', value: json(value), condition });
    expect((await write('1', { case: 'present', value: {} })).written).toBe(false);
    expect((await write('1', { case: 'absent', value: {} })).written).toBe(true);
    expect((await write('2', { case: 'equals', value: json('1.0') })).written).toBe(false);
    expect((await write('2', { case: 'equals', value: json('1') })).written).toBe(true);
  });

  test('carries a request out once', async () => {
    const add = { key: 'once', delta: 3n, requestId: `r` };
    expect(await cache.incrementEntry(add)).toMatchObject({ value: 3n, duplicate: false });
    expect(await cache.incrementEntry({ key: 'once' })).toMatchObject({ value: 4n });
    expect(await cache.incrementEntry(add)).toMatchObject({ value: 3n, duplicate: true });
    const other = await failureOf(cache.incrementEntry({ ...add, delta: 4n }));
    expect(other).toMatchObject({ code: 'ALREADY_EXISTS', reason: 'REQUEST_ID_REUSED' });
    expect((await cache.incrementEntry({ key: 'once', delta: 0n })).value).toBe(4n);
  });

  test('answers batches in the order asked for, and marks what does not fit', async () => {
    const large = json(`"${'x'.repeat(MiB - 2)}"`);
    for (const key of ['big-1', 'big-2', 'big-3']) await cache.setEntry({ key, value: large });
    const { responses } = await cache.batchSetEntries({
      requests: [
        { key: 'small-1', value: json('1') },
        { key: 'small-2', value: json('2') },
      ],
    });
    expect(responses.map(({ written }) => written)).toEqual([true, true]);
    const keys = ['small-2', 'big-1', 'none', 'big-2', 'big-3', 'small-1', 'small-2'];
    const answer = await cache.batchGetEntries({ keys });
    const kinds = answer.results.map(({ result }) => result.case);
    expect(kinds).toEqual(['entry', 'entry', 'missing', 'entry', 'tooLarge', 'entry', 'entry']);
    expect(toBinary(BatchGetEntriesResponseSchema, answer).length).toBeLessThanOrEqual(maxResponse);
    const { deleted } = await cache.batchDeleteEntries({ keys: [...keys, 'small-1'] });
    expect(deleted).toEqual([true, true, false, true, true, true, false, false]);
  });

  test('lists keys in pages and clears them', async () => {
    const requests = Array.from({ length: 250 }, (_, i) => ({
      key: `list:${`${i}`.padStart(3, '0')}`,
      value: json('1'),
    }));
    await cache.batchSetEntries({ requests });
    const keys: string[] = [];
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const page = await cache.listEntryKeys({ pattern: 'list:*', pageSize: 60, pageToken });
      keys.push(...page.keys);
      pageToken = page.nextPageToken;
    }
    expect(keys).toEqual(requests.map(({ key }) => key));
    const scope = { case: 'keyPrefix' as const, value: 'list:1' };
    expect(await cache.clearEntries({ scope })).toMatchObject({ cleared: 100n });
    expect((await cache.listEntryKeys({ pattern: 'list:1*' })).keys).toEqual([]);
    await cache.clearEntries({ scope: { case: 'all', value: {} } });
    expect((await cache.listEntryKeys({})).keys).toEqual([]);
  });

  test('refuses what is no number', async () => {
    for (const value of [json('1.0'), json('"1"'), bytes(49)]) {
      await cache.setEntry({ key: 'word', value });
      expect(await failureOf(cache.incrementEntry({ key: 'word' }))).toMatchObject({
        code: 'FAILED_PRECONDITION',
        reason: 'WRONG_KIND',
      });
    }
    await cache.setEntry({ key: 'word', value: json(`${2n ** 63n - 1n}`) });
    expect(await failureOf(cache.incrementEntry({ key: 'word' }))).toMatchObject({
      code: 'OUT_OF_RANGE',
      reason: 'NUMBER_OUT_OF_RANGE',
    });
  });
});

describe.each(['memory', 'sqlite'])('records on %s', (engine) => {
  let record: Keyed['record'];
  beforeAll(async () => {
    const url = engine === 'memory' ? 'memory:' : `sqlite:${join(await temporaryFolder(), 'r.db')}`;
    ({ record } = await startKeyed({ storage: url }));
  });

  test('have versions and conditions', async () => {
    const write = (value: string, condition?: Parameters<typeof record.setRecord>[0]['condition']) =>
      record.setRecord({ key: 'v', value: json(value), ...(condition ? { condition } : {}) });
    const { version } = await write('1', { case: 'absent', value: {} });
    expect(await failureOf(write('2', { case: 'absent', value: {} }))).toMatchObject({
      code: 'ABORTED',
      reason: 'VERSION_CONFLICT',
      metadata: { expected: 'absent', actual: `${version}` },
    });
    const next = await write('2', { case: 'version', value: version });
    expect(next.version).toBeGreaterThan(version);
    const { record: found } = await record.getRecord({ key: 'v' });
    expect(found).toMatchObject({ value: json('2'), version: next.version, updateTime: next.updateTime });
    expect(await failureOf(record.deleteRecord({ key: 'v', version }))).toMatchObject({ code: 'ABORTED' });
    const remove = { key: 'v', version: next.version, requestId: 'del' };
    expect(await record.deleteRecord(remove)).toMatchObject({ deleted: true, duplicate: false });
    expect(await record.deleteRecord(remove)).toMatchObject({ deleted: true, duplicate: true });
    expect(await failureOf(record.getRecord({ key: 'v' }))).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'KEY_NOT_FOUND',
    });
  });

  test('are lists, read from either end, in pages', async () => {
    const items = Array.from({ length: 250 }, (_, i) => json(`${i}`));
    const append = { key: 'list', items, requestId: 'app' };
    expect(await record.appendItems(append)).toMatchObject({ firstIndex: 0n, count: 250n });
    expect(await record.appendItems(append)).toMatchObject({ firstIndex: 0n, count: 250n, duplicate: true });
    expect(await record.countItems({ key: 'list' })).toMatchObject({ count: 250n });
    const last = await record.listItems({ key: 'list', start: -10n, end: -1n });
    expect(last).toMatchObject({ firstIndex: 240n, count: 250n, items: items.slice(-10), nextPageToken: '' });
    const shown = [];
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const page = await record.listItems({ key: 'list', start: -240n, pageSize: 70, pageToken });
      shown.push(...page.items);
      pageToken = page.nextPageToken;
    }
    expect(shown).toMatchObject(items.slice(10));
    expect(await record.listItems({ key: 'none' })).toMatchObject({ items: [], count: 0n });
  });

  test('stay within a response', async () => {
    const item = json(`"${'x'.repeat(MiB - 2)}"`);
    for (let i = 0; i < 4; i++) await record.appendItems({ key: 'heavy', items: [item] });
    const page = await record.listItems({ key: 'heavy' });
    expect(page.items).toHaveLength(2);
    expect(toBinary(ListItemsResponseSchema, page).length).toBeLessThanOrEqual(maxResponse);
    const rest = await record.listItems({ key: 'heavy', pageToken: page.nextPageToken });
    expect(rest).toMatchObject({ firstIndex: 2n, nextPageToken: '' });
  });

  test('are refused to calls for the other kind', async () => {
    await record.appendItems({ key: 'is-list', items: [json('1')] });
    await record.setRecord({ key: 'is-value', value: json('1') });
    const wrong = { code: 'FAILED_PRECONDITION', reason: 'WRONG_KIND' };
    const list = { ...wrong, metadata: { key: 'is-list', kind: 'list' } };
    const value = { ...wrong, metadata: { key: 'is-value', kind: 'value' } };
    expect(await failureOf(record.getRecord({ key: 'is-list' }))).toMatchObject(list);
    expect(await failureOf(record.setRecord({ key: 'is-list', value: json('1') }))).toMatchObject(list);
    expect(await failureOf(record.listItems({ key: 'is-value' }))).toMatchObject(value);
    expect(await failureOf(record.countItems({ key: 'is-value' }))).toMatchObject(value);
    expect(await failureOf(record.appendItems({ key: 'is-value', items: [json('1')] }))).toMatchObject(value);
    const { results } = await record.batchGetRecords({ keys: ['is-list', 'is-value', 'neither'] });
    expect(results.map(({ result }) => result.case)).toEqual(['wrongKind', 'record', 'missing']);
    const batch = await record.batchSetRecords({
      requests: [
        { key: 'is-list', value: json('2') },
        { key: 'is-value', value: json('2') },
      ],
    });
    expect(batch.results.map(({ result }) => result.case)).toEqual(['error', 'response']);
    expect(await record.hasRecord({ key: 'is-list' })).toMatchObject({ exists: true });
    expect((await record.listRecordKeys({ pattern: 'is-*' })).keys).toEqual(['is-list', 'is-value']);
    const scope = { case: 'keyPrefix' as const, value: 'is-' };
    expect(await record.clearRecords({ scope })).toMatchObject({ cleared: 2n });
  });
});

test('records are there after kill -9, and a repeated append is recognised', async () => {
  const storage = `sqlite:${join(await temporaryFolder(), 'r.db')}`;
  const first = await startKeyed({ storage });
  const append = { key: 'l', items: [json('1.0'), bytes(0)], requestId: 'r' };
  const { version } = await first.record.appendItems(append);
  await first.cache.setEntry({ key: 'k', value: json('1') });
  await first.sidecar.end('SIGKILL');
  const { record, cache } = await startKeyed({ storage });
  expect(await record.appendItems(append)).toMatchObject({ version, count: 2n, duplicate: true });
  expect((await record.listItems({ key: 'l' })).items).toMatchObject(append.items);
  expect((await cache.getEntry({ key: 'k' })).entry).toBeUndefined();
});

describe('bad input is refused, with the field and the fix', () => {
  let { cache, record } = {} as Keyed;
  beforeAll(async () => {
    ({ cache, record } = await startKeyed());
  });
  const value = json('1');
  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  test.each([
    ['key', () => cache.getEntry({})],
    ['key', () => cache.setEntry({ key: 'a\n', value })],
    ['key', () => cache.hasEntry({ key: 'x'.repeat(513) })],
    ['value', () => cache.setEntry({ key: 'k' })],
    ['value.json', () => cache.setEntry({ key: 'k', value: json('NaN') })],
    ['value.json', () => cache.setEntry({ key: 'k', value: json('') })],
    ['value.json', () => cache.setEntry({ key: 'k', value: json(deep(101)) })],
    ['ttl', () => cache.setEntry({ key: 'k', value, expiry: { case: 'ttl', value: span(0) } })],
    ['equals', () => cache.setEntry({ key: 'k', value, condition: { case: 'equals', value: {} } })],
    ['keys', () => cache.batchGetEntries({ keys: [] })],
    ['keys[1]', () => cache.batchDeleteEntries({ keys: ['k', ''] })],
    [
      'requests[1].value',
      () => cache.batchSetEntries({ requests: [{ key: 'not-written', value }, { key: 'k' }] }),
    ],
    ['pattern', () => cache.listEntryKeys({ pattern: 'x'.repeat(513) })],
    ['page_size', () => cache.listEntryKeys({ pageSize: -1 })],
    ['page_token', () => cache.listEntryKeys({ pageToken: 'p1.x.y' })],
    ['scope', () => cache.clearEntries({})],
    ['key_prefix', () => cache.clearEntries({ scope: { case: 'keyPrefix', value: '' } })],
    ['request_id', () => cache.incrementEntry({ key: 'k', requestId: 'x'.repeat(129) })],
    ['version', () => record.setRecord({ key: 'k', value, condition: { case: 'version', value: 0n } })],
    ['version', () => record.deleteRecord({ key: 'k', version: -1n })],
    ['items', () => record.appendItems({ key: 'k' })],
    ['items[0]', () => record.appendItems({ key: 'k', items: [{}] })],
    ['start', () => record.listItems({ key: 'k', start: -(2n ** 63n) })],
  ] as const)('%s', async (field, call) => {
    expect(await failureOf(call())).toMatchObject(badInput(field));
  });

  test('and nothing of a batch with bad input is written', async () => {
    expect(await cache.hasEntry({ key: 'not-written' })).toMatchObject({ exists: false });
  });

  test('limits hold at their edges', async () => {
    const text = (size: number) => json(`"${'x'.repeat(size - 2)}"`);
    const key = 'k'.repeat(512);
    await cache.setEntry({ key, value: text(MiB) });
    expect((await cache.getEntry({ key })).entry!.value).toMatchObject(text(MiB));
    await cache.setEntry({ key, value: json(deep(100)) });
    const over = tooLarge('value_bytes', MiB);
    expect(await failureOf(cache.setEntry({ key, value: text(MiB + 1) }))).toMatchObject(over);
    await record.appendItems({ key, items: [text(MiB / 2), text(MiB / 2)] });
    expect(
      await failureOf(record.appendItems({ key, items: [text(MiB / 2), text(MiB / 2), json('1')] })),
    ).toMatchObject(over);
    const keys = Array.from({ length: 1_001 }, (_, i) => `${i}`);
    await cache.batchGetEntries({ keys: keys.slice(1) });
    expect(await failureOf(cache.batchGetEntries({ keys }))).toMatchObject(tooLarge('keyed_batch', 1_000));
    const items = keys.map(() => json('1'));
    await record.appendItems({ key: 'many', items: items.slice(1) });
    expect(await failureOf(record.appendItems({ key: 'many', items }))).toMatchObject(
      tooLarge('keyed_batch', 1_000),
    );
  });
});
