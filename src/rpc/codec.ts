import { create } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import {
  Durability as DurabilityEnum,
  type RecordedEvent as RecordedEventMessage,
  RecordedEventSchema,
} from '#gen/trackside/v1/event_pb.js';
import type { Durability, Micros, RecordedEvent } from '../storage/ports.js';

export function toMicros(time: Timestamp): Micros {
  return Number(time.seconds) * 1_000_000 + Math.floor(time.nanos / 1_000);
}

export function toTimestamp(micros: Micros): Timestamp {
  const seconds = Math.floor(micros / 1_000_000);
  return create(TimestampSchema, {
    seconds: BigInt(seconds),
    nanos: (micros - seconds * 1_000_000) * 1_000,
  });
}

export const durabilities: Readonly<Record<Durability, DurabilityEnum>> = {
  persisted: DurabilityEnum.PERSISTED,
  journaled: DurabilityEnum.JOURNALED,
  volatile: DurabilityEnum.VOLATILE,
};

export function toEvent(event: RecordedEvent): RecordedEventMessage {
  return create(RecordedEventSchema, {
    conversationId: event.conversationId,
    sequence: BigInt(event.sequence),
    type: event.type,
    name: event.name,
    eventTime: toTimestamp(event.eventTime),
    data: event.data,
    metadata: event.metadata,
    storeTime: toTimestamp(event.storeTime),
    appendId: event.appendId,
    partition: event.partition,
    position: BigInt(event.position),
  });
}
