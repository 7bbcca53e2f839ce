import { describe, expect, test } from '@jest/globals';
import { Status } from 'nice-grpc';
import { aborted, CallError } from './error.js';
import { retrying } from './retry.js';

const failing = (code: Status) => new CallError('/x', code, 'failed');

/** A call that fails so often before it succeeds. */
function callOf(...failures: readonly Error[]) {
  let calls = 0;
  const call = async () => {
    const failure = failures[calls++];
    if (failure) throw failure;
    return calls;
  };
  return { call, count: () => calls };
}

describe('retrying', () => {
  test('repeats what may pass, until it succeeds', async () => {
    const { call } = callOf(failing(Status.UNAVAILABLE), failing(Status.DEADLINE_EXCEEDED));
    expect(await retrying(call, 10_000)).toBe(3);
  });

  test('ends when the time is up', async () => {
    const failure = failing(Status.UNAVAILABLE);
    const { call, count } = callOf(failure, failure, failure, failure);
    await expect(retrying(call, 120)).rejects.toBe(failure);
    expect(count()).toBeLessThan(4);
  });

  test.each([
    ['fails for good', failing(Status.ABORTED)],
    ['its caller aborted', aborted('/x')],
    ['is no call', new Error('other')],
  ])('does not repeat what %s', async (_, failure) => {
    const { call, count } = callOf(failure);
    await expect(retrying(call, 10_000)).rejects.toBe(failure);
    expect(count()).toBe(1);
  });
});
