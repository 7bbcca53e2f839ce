import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import {
  Durability as DurabilityEnum,
  type RecordedEvent as RecordedEventMessage,
  RecordedEventSchema,
} from '#gen/trackside/v1/event_pb.js';
import type { Micros } from '../storage/ports/common.js';
import type { Durability, RecordedEvent } from '../storage/ports/tracker.js';

export function toMicros(time: Timestamp): Micros {
  return Number(time.seconds) * 1_000_000 + Math.floor(time.nanos / 1_000);
}

export function toTimestamp(micros: Micros): Timestamp {
  const seconds = Math.floor(micros / 1_000_000);
  // Filled in, not handed to create(), which costs several times more: this runs for every event.
  const time = create(TimestampSchema);
  time.seconds = BigInt(seconds);
  time.nanos = (micros - seconds * 1_000_000) * 1_000;
  return time;
}

/** A span that isn't negative. */
export function toDuration(micros: Micros): Duration {
  const seconds = Math.floor(micros / 1_000_000);
  return create(DurationSchema, {
    seconds: BigInt(seconds),
    nanos: Math.round((micros - seconds * 1_000_000) * 1_000),
  });
}

export const durabilities: Readonly<Record<Durability, DurabilityEnum>> = {
  replicated: DurabilityEnum.REPLICATED,
  persisted: DurabilityEnum.PERSISTED,
  journaled: DurabilityEnum.JOURNALED,
  volatile: DurabilityEnum.VOLATILE,
};

export function toEvent(event: RecordedEvent): RecordedEventMessage {
  const message = create(RecordedEventSchema);
  message.conversationId = event.conversationId;
  message.sequence = BigInt(event.sequence);
  message.type = event.type;
  message.name = event.name;
  message.eventTime = toTimestamp(event.eventTime);
  message.data = event.data;
  message.metadata = event.metadata;
  message.storeTime = toTimestamp(event.storeTime);
  message.appendId = event.appendId;
  message.partition = event.partition;
  message.position = BigInt(event.position);
  return message;
}
