import { expect, test } from '@jest/globals';
import { Line } from './line.js';

/** A queue of numbers whose takes answer when told to, in the order of the calls, as a store's do. */
class Shelf {
  readonly line: Line;
  readonly items: number[] = [];
  readonly #answers: (() => void)[] = [];
  tries = 0;
  emptied = 0;
  broken = false;

  constructor() {
    this.line = new Line(() => {
      this.emptied += 1;
    });
  }

  /** Puts items on it, and says so. */
  put(...items: number[]): void {
    this.items.push(...items);
    this.line.ready(items.length);
  }

  /** Waits for items; `late` has the take answer when `answer` is called. */
  wait({ waitMs, wanted = 1, signal = new AbortController().signal, late = false }: Wait = {}) {
    return this.line.wait<number>(
      {
        wanted: () => wanted,
        take: async () => {
          this.tries += 1;
          if (this.broken) throw new Error('broken');
          const taken = this.items.splice(0, wanted);
          if (late) await new Promise<void>((resolve) => this.#answers.push(resolve));
          return taken;
        },
        giveBack: (items) => {
          this.items.unshift(...items);
          this.line.ready(items.length);
        },
      },
      { waitMs, signal },
    );
  }

  answer(): void {
    for (const answer of this.#answers.splice(0)) answer();
  }
}

interface Wait {
  readonly waitMs?: number | undefined;
  readonly wanted?: number;
  readonly signal?: AbortSignal;
  readonly late?: boolean;
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

test('takes what is there, and nothing where it does not wait', async () => {
  const shelf = new Shelf();
  shelf.items.push(1, 2, 3);
  expect(await shelf.wait({ wanted: 2 })).toEqual([1, 2]);
  expect(await shelf.wait({ wanted: 2, waitMs: 0 })).toEqual([3]);
  expect(await shelf.wait({ waitMs: 0 })).toEqual([]);
  await soon();
  expect([shelf.line.size, shelf.emptied]).toEqual([0, 1]);
});

test('serves those who wait in the order in which they came, one each', async () => {
  const shelf = new Shelf();
  const served: number[][] = [];
  for (let i = 0; i < 5; i++) void shelf.wait().then(([item]) => served.push([i, item!]));
  await soon();
  expect(shelf.tries).toBe(5);
  shelf.put(10, 11);
  await soon();
  expect(served).toEqual([
    [0, 10],
    [1, 11],
  ]);
  expect(shelf.tries).toBe(7);
  shelf.put(12);
  shelf.put(13, 14);
  await soon();
  expect(served.map(([waiter]) => waiter)).toEqual([0, 1, 2, 3, 4]);
  expect(shelf.tries).toBe(10);
  expect(shelf.line.size).toBe(0);
});

test('a newcomer does not overtake those who wait, and does not try in vain', async () => {
  const shelf = new Shelf();
  const first = shelf.wait();
  await soon();
  expect(await shelf.wait({ waitMs: 0 })).toEqual([]);
  const second = shelf.wait();
  expect(shelf.tries).toBe(1);
  shelf.put(1);
  expect(await first).toEqual([1]);
  shelf.put(2);
  expect(await second).toEqual([2]);
});

test('what becomes ready while a take is under way that finds nothing is not missed', async () => {
  const shelf = new Shelf();
  const late = shelf.wait({ late: true });
  await soon();
  // Behind the take's effect, before its answer.
  shelf.put(1);
  shelf.answer();
  await soon();
  shelf.answer();
  expect(await late).toEqual([1]);
});

test('a take that found nothing proves it only for what was there before', async () => {
  const shelf = new Shelf();
  const early = shelf.wait({ late: true });
  const next = shelf.wait({ late: true });
  shelf.put(1, 2);
  shelf.answer();
  await soon();
  shelf.answer();
  expect(await early).toEqual([1]);
  expect(await next).toEqual([2]);
});

test('a notice of more than there is costs a try, not a loop', async () => {
  const shelf = new Shelf();
  for (let i = 0; i < 10; i++) void shelf.wait();
  await soon();
  const { tries } = shelf;
  shelf.line.ready(1_000);
  await soon();
  expect(shelf.tries - tries).toBe(10);
  shelf.put(1);
  await soon();
  expect(shelf.tries - tries).toBe(11);
});

test('one who was woken in vain waits on at its place', async () => {
  const shelf = new Shelf();
  const first = shelf.wait({ late: true });
  await soon();
  shelf.answer();
  await soon();
  shelf.line.ready(1);
  const second = shelf.wait();
  shelf.answer();
  await soon();
  shelf.put(1);
  shelf.put(2);
  await soon();
  shelf.answer();
  expect([await first, await second]).toEqual([[1], [2]]);
});

test('one who takes less than was hoped for leaves the rest to the next', async () => {
  const shelf = new Shelf();
  const [greedy, next] = [shelf.line, shelf.line].map((line) =>
    line.wait<number>(
      { wanted: () => 10, take: async () => shelf.items.splice(0, 1), giveBack: () => {} },
      { waitMs: undefined, signal: new AbortController().signal },
    ),
  );
  await soon();
  shelf.put(1, 2);
  expect([await greedy, await next]).toEqual([[1], [2]]);
});

test('the end of a wait answers empty, unless something was about to be taken', async () => {
  const shelf = new Shelf();
  expect(await shelf.wait({ waitMs: 10 })).toEqual([]);
  expect(shelf.line.size).toBe(0);
  shelf.put(1);
  const late = shelf.wait({ waitMs: 0, late: true });
  await soon();
  shelf.answer();
  expect(await late).toEqual([1]);
});

test('who vanished is left out, and what was taken for it goes to the next', async () => {
  const shelf = new Shelf();
  const [idle, trying] = [new AbortController(), new AbortController()];
  shelf.items.push(1);
  const vanished = shelf.wait({ signal: trying.signal, late: true });
  const first = shelf.wait({ signal: idle.signal });
  const second = shelf.wait();
  await soon();
  idle.abort();
  expect(await first).toEqual([]);
  trying.abort();
  shelf.answer();
  expect(await second).toEqual([1]);
  await vanished;
  expect(shelf.line.size).toBe(0);
});

test('who has vanished already never takes anything that stays taken', async () => {
  const shelf = new Shelf();
  shelf.items.push(1);
  await shelf.wait({ signal: AbortSignal.abort() });
  expect(shelf.items).toEqual([1]);
});

test('a failure is told to the one who tried, and the next is woken for it', async () => {
  const shelf = new Shelf();
  const waits = [shelf.wait(), shelf.wait()];
  await soon();
  shelf.broken = true;
  shelf.put(1);
  await expect(waits[0]).rejects.toThrow('broken');
  await expect(waits[1]).rejects.toThrow('broken');
  shelf.broken = false;
  expect(await shelf.wait()).toEqual([1]);
});

test('closing ends every wait with an error, except for what was about to be taken', async () => {
  const shelf = new Shelf();
  shelf.items.push(1);
  const [taking, empty] = [shelf.wait({ late: true }), shelf.wait({ late: true })];
  const idle = shelf.wait();
  await soon();
  shelf.line.close(new Error('closed'));
  await expect(idle).rejects.toThrow('closed');
  shelf.answer();
  expect(await taking).toEqual([1]);
  await expect(empty).rejects.toThrow('closed');
  expect(shelf.line.size).toBe(0);
});

test('nothing is lost or left lying, whatever comes and goes', async () => {
  const shelf = new Shelf();
  const seen: number[] = [];
  let put = 0;
  const waits: Promise<unknown>[] = [];
  const random = (n: number) => Math.floor(Math.random() * n);
  for (let round = 0; round < 3_000; round++) {
    const vanishing = new AbortController();
    const wait: Wait = {
      wanted: 1 + random(3),
      late: random(2) === 0,
      waitMs: random(3) === 0 ? random(3) : undefined,
      signal: vanishing.signal,
    };
    waits.push(
      shelf.wait(wait).then((items) => {
        if (!vanishing.signal.aborted) seen.push(...items);
      }),
    );
    if (random(8) === 0) setImmediate(() => vanishing.abort());
    if (random(2) === 0) shelf.put(...Array.from({ length: random(4) }, () => ++put));
    if (random(3) === 0) shelf.answer();
    if (random(4) === 0) await soon();
  }
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    shelf.answer();
  }
  // Either everybody was served, or there is nothing left.
  expect(Math.min(shelf.items.length, shelf.line.size)).toBe(0);
  shelf.line.close(new Error('closed'));
  await Promise.allSettled(waits);
  expect([...seen, ...shelf.items].sort((a, b) => a - b)).toEqual(
    Array.from({ length: put }, (_, i) => i + 1),
  );
});
