import { toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { RecordedEventSchema } from '#gen/trackside/v1/event_pb.js';
import { EventBatchSchema, SubscribeEventsResponseSchema } from '#gen/trackside/v1/tracker_service_pb.js';
import type { RecordedEvent } from '../../storage/ports.js';
import { toEvent } from '../codec.js';

const batchField = SubscribeEventsResponseSchema.field.events.number;
const eventsField = EventBatchSchema.field.events.number;
const cursorField = EventBatchSchema.field.cursor.number;

/** Batches that several subscribers are given are one array: what it encodes to is kept beside it. */
const encodedEvents = new WeakMap<readonly RecordedEvent[], Uint8Array>();

/** A SubscribeEventsResponse with a batch of events, encoded; the events only once for all its subscribers. */
export function encodeBatch(events: readonly RecordedEvent[], cursor: string): Uint8Array {
  const batch = new BinaryWriter().raw(encodeEvents(events)).tag(cursorField, WireType.LengthDelimited);
  const bytes = batch.string(cursor).finish();
  return new BinaryWriter().tag(batchField, WireType.LengthDelimited).bytes(bytes).finish();
}

function encodeEvents(events: readonly RecordedEvent[]): Uint8Array {
  let bytes = encodedEvents.get(events);
  if (!bytes) {
    const writer = new BinaryWriter();
    for (const event of events) {
      const message = toBinary(RecordedEventSchema, toEvent(event));
      writer.tag(eventsField, WireType.LengthDelimited).bytes(message);
    }
    bytes = writer.finish();
    encodedEvents.set(events, bytes);
  }
  return bytes;
}
