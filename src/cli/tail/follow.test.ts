import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import {
  type SubscribeEventsRequest,
  type SubscribeEventsResponse,
  SubscribeEventsResponseSchema,
} from '@trackside/client/gen/trackside/v1/tracker_service_pb.js';
import { ClientError, Status } from 'nice-grpc';
import { type Following, follow, type Item } from './follow.js';

type Step = Item['case'] | Status;

/** A server whose streams each run through some steps: an item, or the status that cuts the stream. */
function serverOf(...streams: readonly (readonly Step[])[]) {
  const starts: unknown[] = [];
  let cursor = 0;
  async function* subscribeEvents(request: Pick<SubscribeEventsRequest, 'start'>) {
    starts.push(request.start.value);
    for (const step of streams[starts.length - 1] ?? []) {
      if (typeof step === 'number') throw new ClientError('/x', step, 'cut');
      yield itemOf(step, `cursor ${++cursor}`);
    }
  }
  return { tracker: { subscribeEvents } as unknown as TrackerClient, starts };
}

function itemOf(step: Item['case'], cursor: string): SubscribeEventsResponse {
  return create(SubscribeEventsResponseSchema, { item: { case: step, value: { cursor } } as never });
}

async function watch(tracker: TrackerClient, signal = new AbortController().signal) {
  const told: string[] = [];
  const items: string[] = [];
  const following: Following = {
    filter: {},
    start: { case: 'cursor', value: 'given' },
    signal,
    lost: (error) => told.push(`lost: ${(error as ClientError).details}`),
    resumed: () => told.push('resumed'),
  };
  try {
    for await (const item of follow(tracker, following)) items.push(item.case);
  } catch (error) {
    told.push(`failed: ${Status[(error as ClientError).code]}`);
  }
  return { items, told };
}

describe('follow', () => {
  test('goes on from the last cursor when the stream is cut, and says so once', async () => {
    const { tracker, starts } = serverOf(
      ['confirmation', 'events', 'checkpoint', Status.UNAVAILABLE],
      [Status.UNAVAILABLE],
      ['confirmation', Status.CANCELLED],
      ['confirmation', 'discontinuity'],
    );
    const { items, told } = await watch(tracker);
    expect(starts).toEqual(['given', 'cursor 3', 'cursor 3', 'cursor 4']);
    expect(items).toEqual([
      ...['confirmation', 'events', 'checkpoint', 'confirmation', 'confirmation', 'discontinuity'],
    ]);
    expect(told).toEqual(['lost: cut', 'resumed', 'lost: cut', 'resumed']);
  });

  test('fails where the first connection does', async () => {
    const { tracker, starts } = serverOf([Status.UNAVAILABLE]);
    expect(await watch(tracker)).toEqual({ items: [], told: ['failed: UNAVAILABLE'] });
    expect(starts).toHaveLength(1);
  });

  test('fails for what a retry will not cure', async () => {
    const { tracker } = serverOf(['confirmation', Status.INVALID_ARGUMENT]);
    expect((await watch(tracker)).told).toEqual(['failed: INVALID_ARGUMENT']);
  });

  test('ends quietly when aborted between two attempts', async () => {
    const { tracker, starts } = serverOf(['confirmation', Status.UNAVAILABLE]);
    const stop = new AbortController();
    const watching = watch(tracker, stop.signal);
    setTimeout(() => stop.abort(), 20);
    expect(await watching).toEqual({ items: ['confirmation'], told: ['lost: cut'] });
    expect(starts).toHaveLength(1);
  });
});
