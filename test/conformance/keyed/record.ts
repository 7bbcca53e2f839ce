import { expect } from '@jest/globals';
import type { Value } from '#src/storage/ports/common.js';
import type { RecordOutcome, RecordStore, RecordWrite } from '#src/storage/ports/record.js';

type Declare = (
  behaviour: string,
  body: (store: RecordStore, reopen: () => Promise<RecordStore>) => Promise<void>,
) => void;

const now = 1_000_000_000;
const wide = { maxItems: 10_000, maxBytes: 1 << 24 };

const set = (key: string, value: Value, condition: 'any' | 'absent' | number = 'any'): RecordWrite => ({
  kind: 'set',
  key,
  value,
  condition,
  request: undefined,
});
const append = (key: string, items: readonly Value[], id?: string): RecordWrite => ({
  kind: 'append',
  key,
  items,
  request: id === undefined ? undefined : { id, digest: items.join() },
});
const remove = (key: string): RecordWrite => ({ kind: 'delete', key, condition: 'any', request: undefined });

function versionOf(outcome: RecordOutcome | undefined): number {
  if (outcome?.status !== 'done') throw new Error(`it was not written: ${outcome?.status}`);
  return outcome.result.version;
}

export function recordTests(it: Declare): void {
  it('keep values, lists, versions and requests when they are opened again', async (store, reopen) => {
    await store.write([set('v', '{"a": 1.0}'), append('l', ['1', new Uint8Array([0])], 'r')], now);
    const before = await store.get(['v', 'l'], 100, now);
    const again = await reopen();
    expect(await again.get(['v', 'l'], 100, now)).toEqual(before);
    const [outcome] = await again.write([append('l', ['1', new Uint8Array([0])], 'r')], now);
    expect(outcome).toMatchObject({ status: 'repeated', result: { count: 2 } });
  });

  it('never give a version again, also not after a deletion', async (store, reopen) => {
    const versions: number[] = [];
    for (let i = 0; i < 3; i++) {
      const [outcome] = await store.write([set('k', '1'), remove('k')], now);
      versions.push(versionOf(outcome));
    }
    const again = await reopen();
    const [outcome] = await again.write([set('k', '1', 'absent')], now);
    versions.push(versionOf(outcome));
    expect(new Set(versions).size).toBe(4);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('let one of many concurrent writers through that expect the same version', async (store) => {
    const [first] = await store.write([set('k', '0')], now);
    const version = versionOf(first);
    const writers = Array.from({ length: 40 }, (_, i) => store.write([set('k', `${i}`, version)], now));
    const outcomes = (await Promise.all(writers)).flat();
    expect(outcomes.filter(({ status }) => status === 'done')).toHaveLength(1);
  });

  it('show the last ten of a list, and stop where the room ends', async (store) => {
    const numbers = Array.from({ length: 25 }, (_, i) => `${i}`);
    await store.write([append('l', numbers)], now);
    const last = await store.items('l', { start: -10, end: -1 }, wide);
    expect(last).toEqual({ count: 25, first: 15, last: 24, items: numbers.slice(-10) });
    const short = await store.items('l', { start: 10, end: 20 }, { maxItems: 100, maxBytes: 5 });
    expect(short).toMatchObject({ first: 10, last: 20, items: ['10', '11'] });
    const one = await store.items('l', { start: 10, end: 20 }, { maxItems: 100, maxBytes: 1 });
    expect(one!.items).toEqual(['10']);
  });

  it('begin a list anew after its deletion, also before it was swept', async (store) => {
    await store.write([append('l', ['1', '2', '3']), remove('l'), append('l', ['4'])], now);
    expect((await store.items('l', { start: 0, end: -1 }, wide))!.items).toEqual(['4']);
    while (await store.sweep(2, now));
    expect((await store.items('l', { start: 0, end: -1 }, wide))!.items).toEqual(['4']);
  });
}
