import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { backoffMs, isTransient, type TrackerClient } from '@trackside/client';
import type {
  EventFilterSchema,
  SubscribeEventsResponse,
} from '@trackside/client/gen/trackside/v1/tracker_service_pb.js';
import type { Start } from './start.js';

/** What a stream shows; the case is defined. */
export type Item = Exclude<SubscribeEventsResponse['item'], { case: undefined }>;

/** What to follow, and whom to tell when the connection comes and goes. */
export interface Following {
  readonly filter: MessageInitShape<typeof EventFilterSchema>;
  readonly start: Start;
  /** Ends the stream quietly. */
  readonly signal: AbortSignal;
  /** Called once when the stream is cut, with the error. */
  lost(error: unknown): void;
  /** Called when it goes on. */
  resumed(): void;
}

/**
 * Subscribes, and goes on from the last cursor whenever the stream is cut. Ends after a discontinuity or when
 * aborted; fails where the first connection does, or for what a retry won't cure.
 */
export async function* follow(tracker: TrackerClient, following: Following): AsyncGenerator<Item> {
  const { filter, signal } = following;
  let start = following.start;
  let confirmed = false;
  for (let attempt = 0; !signal.aborted; attempt++) {
    let cut: unknown = new Error('the stream ended');
    try {
      for await (const { item } of tracker.subscribeEvents({ filter, start }, { signal })) {
        if (item.case === undefined) continue;
        if (item.case === 'confirmation') {
          if (attempt > 0) following.resumed();
          confirmed = true;
          attempt = 0;
        }
        yield item;
        if (item.case === 'discontinuity') return;
        start = { case: 'cursor', value: item.value.cursor };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!confirmed || !isTransient(error)) throw error;
      cut = error;
    }
    if (attempt === 0) following.lost(cut);
    await sleep(backoffMs(attempt), undefined, { signal }).catch(() => {});
  }
}
