import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { compareBytes } from '#src/storage/bytes.js';
import { SortedIds } from '#src/storage/memory/ids.js';
import { open } from '#src/storage/memory/index.js';
import type { TrackerStore } from '#src/storage/ports/tracker.js';
import { call, deletion, erase, fill, Reader, stored, text } from '../conformance/tools.js';

async function newStore(): Promise<TrackerStore> {
  return (await open('', { partitions: undefined })).tracker!;
}

test('each opening is a new epoch of the same store', async () => {
  const stores = [await newStore(), await newStore()];
  const epochs = await Promise.all(
    stores.map(async (store) => (await store.readLog(0, 0, { maxEvents: 1, maxBytes: 1 })).epoch),
  );
  expect(new Set(epochs).size).toBe(2);
  expect(new Set(stores.map(({ storeId }) => storeId)).size).toBe(1);
});

test('refuses a location', async () => {
  await expect(open('here', { partitions: undefined })).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
});

test('keeps ids in the order of their bytes, whatever the order they come in', () => {
  const ids = Array.from(
    { length: 3_000 },
    (_, i) => `${['a', 'é', '\uFF5E', '\u{1F600}'][i % 4]}${(i * 7919) % 3_000}`,
  );
  const sorted = new SortedIds();
  for (const id of ids) sorted.add(id);
  const gone = new Set(ids.filter((_, i) => i % 3 === 0));
  for (const id of [...gone, 'never there']) sorted.delete(id);
  const left = ids.filter((id) => !gone.has(id));
  left.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect([...sorted.from('')]).toEqual(left);
  expect([...sorted.from('é')]).toEqual(left.filter((id) => compareBytes(id, 'é') >= 0));
  for (const id of left) sorted.delete(id);
  expect([...sorted.from('')]).toEqual([]);
});

test('frees the content of what was deleted', async () => {
  const store = await newStore();
  const data = 'x'.repeat(100_000);
  setFlagsFromString('--expose_gc');
  const collect: () => void = runInNewContext('gc');
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  for (let i = 0; i < 200; i++) await stored(store, call('c', `${i}`, { events: [text(`${i}${data}`)] }));
  expect(heap() - before).toBeGreaterThan(15e6);
  await erase(store, 'c', deletion);
  while (await store.scrub(50, 0));
  expect(heap() - before).toBeLessThan(5e6);
});

test('trims its log while conversations keep their events', async () => {
  const store = await newStore();
  await fill(store, 'c', 1_000);
  await store.trim(0, 990);
  const { trimmed } = await store.readLog(0, 990, { maxEvents: 1, maxBytes: 1 });
  expect((await new Reader(store, 0, trimmed).finish()).entries).toHaveLength(10);
  expect((await store.conversation('c'))?.firstSequence).toBe(1);
});
