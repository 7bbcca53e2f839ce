import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { expect } from '@jest/globals';
import type { TrackerClient } from '@trackside/client';
import { Status } from 'nice-grpc';
import type { NewEventSchema } from '#gen/trackside/v1/event_pb.js';
import type {
  AppendEventsResponse,
  SubscribeEventsRequestSchema,
  SubscribeEventsResponse,
} from '#gen/trackside/v1/tracker_service_pb.js';
import { type Failure, reasonOf } from './failure.js';

/** An event as a test writes it. */
export type EventInit = MessageInitShape<typeof NewEventSchema>;

/** An event of a type, told apart by its number. */
export function numbered(number: number, type = 'slot'): EventInit {
  return { type, data: `{"n":${number}}` };
}

/** That many events. */
export function some(count: number, first = 1): EventInit[] {
  return Array.from({ length: count }, (_, i) => numbered(first + i));
}

/** Appends without an expectation. */
export function append(
  tracker: TrackerClient,
  conversationId: string,
  events: readonly EventInit[],
  appendId = '',
): Promise<AppendEventsResponse> {
  return tracker.appendEvents({ conversationId, events: [...events], appendId });
}

/** What a call that has to fail failed with; its status as a name. */
export async function failureOf(call: Promise<unknown>): Promise<Omit<Failure, 'code'> & { code: string }> {
  try {
    await call;
  } catch (error) {
    const failure = reasonOf(error);
    return { ...failure, code: Status[failure.code] };
  }
  throw new Error('the call succeeded');
}

/** Bad input, as a client is told of it. */
export function badInput(field: string, description: unknown = expect.any(String)) {
  return {
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_REQUEST',
    violations: [{ field, description }],
  };
}

/** Too much of something, as a client is told of it. */
export function tooLarge(limit: string, max: number) {
  return {
    code: 'RESOURCE_EXHAUSTED',
    reason: 'TOO_LARGE',
    metadata: expect.objectContaining({ limit, max: `${max}` }),
  };
}

/** How many events a conversation has. */
export async function countEvents(tracker: TrackerClient, conversationId: string): Promise<number> {
  const { tracker: found } = await tracker.getTracker({ conversationId, allSessions: true });
  return Number(found!.sequence);
}

/** What a stream's item is. */
export type Item = Exclude<SubscribeEventsResponse['item'], { case: undefined }>;

/** A subscription that a test reads item by item. */
export class Subscriber {
  readonly #items: AsyncIterator<SubscribeEventsResponse>;
  readonly #aborter = new AbortController();

  constructor(tracker: TrackerClient, request: MessageInitShape<typeof SubscribeEventsRequestSchema> = {}) {
    const { signal } = this.#aborter;
    this.#items = tracker.subscribeEvents(request, { signal })[Symbol.asyncIterator]();
  }

  /** The next item; undefined at the stream's end. */
  async next(): Promise<Item | undefined> {
    const { value, done } = await this.#items.next();
    return done ? undefined : ((value as SubscribeEventsResponse).item as Item);
  }

  /** Reads up to an item of a kind, which is the last of those returned. */
  async until(kind: Item['case']): Promise<Item[]> {
    const items: Item[] = [];
    for (;;) {
      const item = await this.next();
      if (!item) throw new Error(`the stream ended before ${kind}: ${items.map((one) => one.case)}`);
      items.push(item);
      if (item.case === kind) return items;
    }
  }

  /** Reads that many events, and what comes between. */
  async untilEvents(count: number): Promise<Item[]> {
    const items: Item[] = [];
    while (eventsOf(items).length < count) {
      const item = await this.next();
      if (!item) throw new Error(`the stream ended after ${eventsOf(items).length} events`);
      items.push(item);
    }
    return items;
  }

  /** Vanishes. */
  cancel(): void {
    this.#aborter.abort();
    this.#items.next().catch(() => {});
  }
}

/** A subscription that has reached the log's end. */
export async function liveSubscriber(
  tracker: TrackerClient,
  request: MessageInitShape<typeof SubscribeEventsRequestSchema> = {},
): Promise<Subscriber> {
  const subscriber = new Subscriber(tracker, request);
  await subscriber.until('caughtUp');
  return subscriber;
}

/** The events of a stream's items. */
export function eventsOf(items: readonly Item[]) {
  return items.flatMap((item) => (item.case === 'events' ? item.value.events : []));
}

/** The sequences of a stream's events. */
export function sequencesOf(items: readonly Item[]): number[] {
  return eventsOf(items).map(({ sequence }) => Number(sequence));
}

/** 1 to a number. */
export function upTo(last: number, first = 1): number[] {
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);
}

/** A time. */
export function time(seconds: bigint, nanos = 0): Timestamp {
  return create(TimestampSchema, { seconds, nanos });
}

/** A span. */
export function span(ms: number): Duration {
  return create(DurationSchema, { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1e6 });
}
