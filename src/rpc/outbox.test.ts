import { expect, test } from '@jest/globals';
import { Outbox } from './outbox.js';

const soon = () => new Promise((resolve) => setImmediate(resolve));

/** Whether a promise has resolved, and to what. */
function watch<T>(promise: Promise<T>) {
  const watched: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => Object.assign(watched, { value }),
    (error) => Object.assign(watched, { error }),
  );
  return watched;
}

test('hands items over in the order in which they were put, and tells when', async () => {
  const outbox = new Outbox<number>();
  const puts = [1, 2].map((item) => watch(outbox.put(item)));
  await soon();
  expect(puts).toEqual([{}, {}]);
  expect(await outbox.next()).toEqual({ done: false, value: 1 });
  await soon();
  expect(puts).toEqual([{ value: true }, {}]);
  expect(await outbox.next()).toEqual({ done: false, value: 2 });
  await soon();
  expect(puts).toEqual([{ value: true }, { value: true }]);
});

test('wakes a reader that waits', async () => {
  const outbox = new Outbox<number>();
  const next = outbox.next();
  expect(await outbox.put(1)).toBe(true);
  expect(await next).toEqual({ done: false, value: 1 });
});

test('ends behind what was put', async () => {
  const outbox = new Outbox<number>();
  const put = outbox.put(1);
  outbox.end();
  expect(await outbox.put(2)).toBe(false);
  expect(await outbox.next()).toEqual({ done: false, value: 1 });
  expect(await put).toBe(true);
  expect(await outbox.next()).toEqual({ done: true, value: undefined });
  expect(await outbox.next()).toEqual({ done: true, value: undefined });
});

test('fails behind what was put, once, with what it was ended with first', async () => {
  const outbox = new Outbox<number>();
  void outbox.put(1);
  outbox.end(new Error('first'));
  outbox.end(new Error('second'));
  expect(await outbox.next()).toEqual({ done: false, value: 1 });
  await expect(outbox.next()).rejects.toThrow('first');
  expect(await outbox.next()).toEqual({ done: true, value: undefined });
});

test('an end reaches a reader that waits', async () => {
  const [ended, failed] = [new Outbox<number>(), new Outbox<number>()];
  const [end, failure] = [ended.next(), watch(failed.next())];
  ended.end();
  failed.end(new Error('why'));
  expect(await end).toEqual({ done: true, value: undefined });
  await soon();
  expect(failure.error).toEqual(new Error('why'));
});

test('tells writers that their items are never taken when the reader is gone', async () => {
  const outbox = new Outbox<number>();
  const put = outbox.put(1);
  await outbox.return();
  expect(await put).toBe(false);
  expect(await outbox.put(2)).toBe(false);
  expect(await outbox.next()).toEqual({ done: true, value: undefined });
});

test('lets a reader go that waits while it is ended', async () => {
  const outbox = new Outbox<number>();
  const next = outbox.next();
  await outbox.return();
  expect(await next).toEqual({ done: true, value: undefined });
});
