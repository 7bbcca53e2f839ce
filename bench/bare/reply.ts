import { create } from '@bufbuild/protobuf';
import {
  type AppendEventsRequest,
  type AppendEventsResponse,
  AppendEventsResponseSchema,
} from '#gen/trackside/v1/tracker_service_pb.js';

/** A reply of the size that Trackside's has, which tells nothing. */
export function reply({ appendId, events }: AppendEventsRequest): AppendEventsResponse {
  return create(AppendEventsResponseSchema, {
    appendId,
    firstSequence: 100_000n,
    lastSequence: 100_000n + BigInt(events.length),
    storeId: 'memory',
    firstPosition: 100_000n,
    lastPosition: 100_000n + BigInt(events.length),
    storeTime: { seconds: 1_789_161_719n, nanos: 139_879_000 },
    durability: 3,
  });
}
