import { performance } from 'node:perf_hooks';
import { fromBinary } from '@bufbuild/protobuf';
import {
  AppendEventsResponseSchema,
  SubscribeEventsResponseSchema,
} from '#gen/trackside/v1/tracker_service_pb.js';
import { pace } from '../load/drive.js';
import { WireConnection } from '../load/wire.js';
import { appendRequest, path, subscribeRequest, userEvent } from '../messages.js';
import { type Figure, figure } from '../report.js';
import { quantile } from '../rounds.js';
import { startTrackside } from '../server-process.js';

const perSecond = 500;
const rounds = 5;

/** From the writer's seeing its response to a subscriber's seeing the event; durable SQLite, one event a call. */
export async function delivery(): Promise<Figure[]> {
  const server = await startTrackside('sqlite');
  try {
    const writer = await WireConnection.open(server.address, path('AppendEvents'));
    const seen = await follow(server.address);
    const requests = Array.from({ length: 16 }, (_, i) => appendRequest(`customer-${i}`, [userEvent(250)]));
    const p50: number[] = [];
    const p99: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const answered = new Map<bigint, number>();
      let calls = 0;
      await pace(
        async () => {
          const response = await writer.unary(requests[calls++ % requests.length]!());
          answered.set(fromBinary(AppendEventsResponseSchema, response).firstPosition, performance.now());
        },
        perSecond,
        4_000,
      );
      const delays = await delaysOf(answered, seen);
      if (round === 0) continue;
      p50.push(quantile(delays, 0.5));
      p99.push(quantile(delays, 0.99));
    }
    return [figure('delivery.p99', 'ms', p99, { atMost: 3 }), figure('delivery.p50', 'ms', p50)];
  } finally {
    await server.stop();
  }
}

/** Subscribes; when each position is seen first comes into the map. */
async function follow(address: string): Promise<ReadonlyMap<bigint, number>> {
  const seen = new Map<bigint, number>();
  const connection = await WireConnection.open(address, path('SubscribeEvents'));
  await new Promise<void>((resolve, reject) => {
    const onMessage = (message: Buffer) => {
      const now = performance.now();
      const { item } = fromBinary(SubscribeEventsResponseSchema, message);
      if (item.case === 'caughtUp') resolve();
      if (item.case !== 'events') return;
      for (const event of item.value.events) seen.set(event.position, now);
    };
    connection.call(subscribeRequest(), onMessage, (error) => reject(error ?? new Error('the feed ended')));
  });
  return seen;
}

/** Ascending, in milliseconds; an event that is seen before its writer's answer counts as below zero. */
async function delaysOf(
  answered: ReadonlyMap<bigint, number>,
  seen: ReadonlyMap<bigint, number>,
): Promise<number[]> {
  const last = [...answered.keys()].reduce((a, b) => (a > b ? a : b));
  while (!seen.has(last)) await new Promise(setImmediate);
  return [...answered].map(([position, time]) => seen.get(position)! - time).sort((a, b) => a - b);
}
