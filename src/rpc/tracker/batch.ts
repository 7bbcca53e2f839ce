import { toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { RecordedEventSchema } from '#gen/trackside/v1/event_pb.js';
import { EventBatchSchema, SubscribeEventsResponseSchema } from '#gen/trackside/v1/tracker_service_pb.js';
import type { RecordedEvent } from '../../storage/ports/tracker.js';
import { toEvent } from '../codec.js';
import { Encoded } from '../define.js';

const batchField = SubscribeEventsResponseSchema.field.events.number;
const eventsField = EventBatchSchema.field.events.number;
const cursorField = EventBatchSchema.field.cursor.number;

/** What a batch came to: its events, and the response of the subscriber who was given it last. */
interface Memo {
  readonly events: Uint8Array;
  readonly cursor: string;
  readonly response: Encoded;
}

/** Batches that several subscribers are given are one array: what they encode to is kept beside it. */
const memos = new WeakMap<readonly RecordedEvent[], Memo>();

/**
 * A SubscribeEventsResponse with a batch of events, encoded: the events once for all its subscribers, all of
 * it once for those at one cursor.
 */
export function encodeBatch(events: readonly RecordedEvent[], cursor: string): Encoded {
  const memo = memos.get(events);
  if (memo?.cursor === cursor) return memo.response;
  const encoded = memo?.events ?? encodeEvents(events);
  const response = encodeResponse(encoded, cursor);
  memos.set(events, { events: encoded, cursor, response });
  return response;
}

function encodeEvents(events: readonly RecordedEvent[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const event of events) {
    const message = toBinary(RecordedEventSchema, toEvent(event));
    writer.tag(eventsField, WireType.LengthDelimited).bytes(message);
  }
  return writer.finish();
}

/** The message's parts end to end, copied once. */
function encodeResponse(events: Uint8Array, cursor: string): Encoded {
  const tail = new BinaryWriter().tag(cursorField, WireType.LengthDelimited).string(cursor).finish();
  const head = new BinaryWriter().tag(batchField, WireType.LengthDelimited);
  return new Encoded(Buffer.concat([head.uint32(events.length + tail.length).finish(), events, tail]));
}
