import { describe, expect, test } from '@jest/globals';
import { Budget } from './budget.js';
import { Group, type GroupOptions } from './group.js';

/** A group whose commits are noted and stay under way until they are let go; the outcome of `a` is `A`. */
function grouped(options: Partial<GroupOptions<string, string>> = {}) {
  const commits: (readonly string[])[] = [];
  const underWay: { done: () => void; fail: (error: Error) => void }[] = [];
  const group = new Group<string, string>({
    commit: (writes) => {
      commits.push(writes);
      return new Promise((resolve, fail) => {
        underWay.push({ done: () => resolve(writes.map((write) => write.toUpperCase())), fail });
      });
    },
    budget: new Budget('limits.test', 100),
    ...options,
  });
  /** Waits until so many commits have begun, and gives the last. */
  const begun = async (count: number) => {
    while (commits.length < count) await turn();
    return underWay[count - 1]!;
  };
  /** Lets commits through until calls are answered. */
  const settled = async <Answer>(...calls: Promise<Answer>[]) => {
    let answered = false;
    const answers = Promise.allSettled(calls).finally(() => (answered = true));
    while (!answered) {
      for (const { done } of underWay) done();
      await turn();
    }
    return answers;
  };
  return { group, commits, begun, settled };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const overloaded = { name: 'TracksideError', reason: 'OVERLOADED' };

describe('what is committed together', () => {
  test('is what comes in one turn, then what comes during a commit, in the order of the calls', async () => {
    const { group, commits, begun } = grouped();
    const calls: Promise<unknown>[] = [group.writeOne('a', 1), group.write(['b', 'c'], 2)];
    await Promise.resolve();
    calls.push(group.writeOne('d', 1));
    const first = await begun(1);
    calls.push(group.writeOne('e', 1), group.write(['f'], 1));
    await turn();
    expect(commits).toEqual([['a', 'b', 'c', 'd']]);
    first.done();
    (await begun(2)).done();
    expect(commits.slice(1)).toEqual([['e', 'f']]);
    expect(await Promise.all(calls)).toEqual(['A', ['B', 'C'], 'D', 'E', ['F']]);
  });

  test('is bounded in writes, and a call stays whole', async () => {
    const { group, commits, settled } = grouped({ maxWrites: 3 });
    const writes = [['a', 'b'], ['c'], ['d', 'e'], ['f', 'g'], ['h', 'i', 'j', 'k'], ['l']];
    await settled(...writes.map((some) => group.write(some, 1)));
    expect(commits.map((some) => some.join(''))).toEqual(['abc', 'de', 'fg', 'hijk', 'l']);
  });

  test('is half of what callers that write again have under way, so that the other half can', async () => {
    const { group, commits, begun } = grouped();
    const writes = Array.from({ length: 64 }, () => 'a');
    const writer = async (write: string) => {
      for (;;) await group.writeOne(write, 1);
    };
    for (const write of writes.slice(0, 50)) void writer(write);
    const first = await begun(1);
    for (const write of writes.slice(50)) void writer(write);
    first.done();
    for (let count = 2; count <= 8; count++) (await begun(count)).done();
    expect(commits.map(({ length }) => length)).toEqual([50, 32, 32, 32, 32, 32, 32, 32]);
  });

  test('is all of a few', async () => {
    const { group, commits, begun } = grouped();
    const call = group.writeOne('a', 1);
    const first = await begun(1);
    const calls = Array.from({ length: 16 }, () => group.writeOne('a', 1));
    first.done();
    (await begun(2)).done();
    await Promise.all([call, ...calls]);
    expect(commits.map(({ length }) => length)).toEqual([1, 16]);
  });

  test('is bounded in bytes, and what is larger goes alone', async () => {
    const { group, commits, settled } = grouped({ maxBytes: 10 });
    const sizes = { a: 5, b: 5, c: 1, d: 11, e: 10, f: 1 };
    await settled(...Object.entries(sizes).map(([write, bytes]) => group.writeOne(write, bytes)));
    expect(commits.map((some) => some.join(''))).toEqual(['ab', 'c', 'd', 'e', 'f']);
  });
});

test('a commit that fails rejects its calls and no others', async () => {
  const { group, begun, settled } = grouped();
  const failed = [group.writeOne('a', 1), group.write(['b'], 1)];
  const commit = await begun(1);
  const next = group.writeOne('c', 1);
  commit.fail(new Error('disk'));
  for (const call of failed) await expect(call).rejects.toThrow('disk');
  expect(await settled(next)).toEqual([{ status: 'fulfilled', value: 'C' }]);
});

test('outcomes are told behind the answers', async () => {
  const seen: string[] = [];
  const onCommitted = (outcomes: readonly string[]) =>
    queueMicrotask(() => seen.push(`told ${outcomes.join()}`));
  const { group, settled } = grouped({ onCommitted });
  const calls = ['a', 'b'].map((write) => group.writeOne(write, 1).then((outcome) => seen.push(outcome)));
  await settled(...calls);
  expect(seen).toEqual(['A', 'B', 'told A,B']);
});

describe('the bytes that wait', () => {
  test('are bounded, over what waits and what is under way', async () => {
    const { group, begun, settled, commits } = grouped();
    const first = group.writeOne('a', 60);
    await begun(1);
    const second = group.write(['b'], 40);
    await expect(group.writeOne('c', 1)).rejects.toMatchObject(overloaded);
    await expect(group.write(['d', 'e'], 1)).rejects.toMatchObject({
      message: 'more than 100 bytes would be in memory (limits.test); try again later',
      metadata: { limit: 'test', max: '100' },
    });
    await settled<unknown>(first, second);
    expect(commits).toEqual([['a'], ['b']]);
  });

  test.each(['done', 'fail'] as const)('are free again when a commit is %s', async (end) => {
    const { group, begun } = grouped();
    for (let count = 1; count <= 3; count++) {
      const call = group.write(['a'], 100);
      const commit = await begun(count);
      commit[end](new Error('disk'));
      await call.catch(() => {});
    }
  });
});
