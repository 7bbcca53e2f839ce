import { performance } from 'node:perf_hooks';
import { fromBinary } from '@bufbuild/protobuf';
import {
  AppendEventsResponseSchema,
  SubscribeEventsResponseSchema,
} from '#gen/trackside/v1/tracker_service_pb.js';
import { delayFigures } from '../delays.js';
import { pace } from '../load/drive.js';
import { WireConnection } from '../load/wire.js';
import { appendRequest, path, subscribeRequest, userEvent } from '../messages.js';
import type { Figure } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startTrackside } from '../server-process.js';

const perSecond = 500;
const rounds = 5;

/** From the writer's seeing its response to a subscriber's seeing the event; durable SQLite, one event a call. */
export async function delivery(): Promise<Figure[]> {
  const server = await startTrackside('sqlite');
  try {
    const deliver = await deliveries(server, server);
    const results = await alternate(rounds, { delays: () => deliver(4_000) });
    return delayFigures(
      'delivery',
      results.map(({ delays }) => delays.fromAnswer),
      { atMost: 3 },
    );
  } finally {
    await server.stop();
  }
}

/** How long events took until a subscriber saw them, in milliseconds. */
export interface Delays {
  /** From the beginning of the writer's call. */
  readonly fromCall: readonly number[];
  /** From its answer; below zero where the event was seen before that. */
  readonly fromAnswer: readonly number[];
}

/** Has events of 250 bytes appended at a server for a time and followed at the same or another one. */
export async function deliveries(
  writing: ServerProcess,
  followed: ServerProcess,
): Promise<(ms: number) => Promise<Delays>> {
  const writer = await WireConnection.open(writing.address, path('AppendEvents'));
  const seen = await follow(followed.address);
  const requests = Array.from({ length: 16 }, (_, i) => appendRequest(`customer-${i}`, [userEvent(250)]));
  let calls = 0;
  return async (ms) => {
    const written = new Map<string, Written>();
    const write = async () => {
      const called = performance.now();
      const response = await writer.unary(requests[calls++ % requests.length]!());
      const { partition, firstPosition } = fromBinary(AppendEventsResponseSchema, response);
      written.set(placeOf(partition, firstPosition), { called, answered: performance.now() });
    };
    await pace(write, perSecond, ms);
    return delaysOf(written, seen);
  };
}

/** Subscribes; when each place is seen first comes into the map. */
async function follow(address: string): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  const connection = await WireConnection.open(address, path('SubscribeEvents'));
  await new Promise<void>((resolve, reject) => {
    const onMessage = (message: Buffer) => {
      const now = performance.now();
      const { item } = fromBinary(SubscribeEventsResponseSchema, message);
      if (item.case === 'caughtUp') resolve();
      if (item.case !== 'events') return;
      for (const { partition, position } of item.value.events) seen.set(placeOf(partition, position), now);
    };
    connection.call(subscribeRequest(), onMessage, (error) => reject(error ?? new Error('the feed ended')));
  });
  return seen;
}

function placeOf(partition: number, position: bigint): string {
  return `${partition}:${position}`;
}

/** When an event's call began and was answered. */
interface Written {
  readonly called: number;
  readonly answered: number;
}

async function delaysOf(
  written: ReadonlyMap<string, Written>,
  seen: ReadonlyMap<string, number>,
): Promise<Delays> {
  const places = [...written.keys()];
  while (!places.every((place) => seen.has(place))) await new Promise(setImmediate);
  return {
    fromCall: places.map((place) => seen.get(place)! - written.get(place)!.called),
    fromAnswer: places.map((place) => seen.get(place)! - written.get(place)!.answered),
  };
}
