import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  AckMessagesRequestSchema,
  ClaimMessagesRequestSchema,
  DeliverySchema,
  PopMessageRequestSchema,
  PopMessageResponseSchema,
  PushMessagesRequestSchema,
  QueueService,
} from '#gen/trackside/v1/queue_service_pb.js';

const hourMs = 3_600_000;

/** The value of every message: a JSON text of 250 bytes. */
const value = { kind: { case: 'json' as const, value: JSON.stringify('x'.repeat(248)) } };

/** The path of a method of the QueueService. */
export function queuePath(method: 'PushMessages' | 'PopMessage' | 'ClaimMessages' | 'AckMessages'): string {
  return `/${QueueService.typeName}/${method}`;
}

export function pushRequest(queueId: string, count = 1): Uint8Array {
  const messages = Array.from({ length: count }, () => ({ value }));
  return toBinary(PushMessagesRequestSchema, create(PushMessagesRequestSchema, { queueId, messages }));
}

/** Waits for a message for up to an hour. */
export function popRequest(queueId: string): Uint8Array {
  const waitDuration = durationFromMs(hourMs);
  return toBinary(PopMessageRequestSchema, create(PopMessageRequestSchema, { queueId, waitDuration }));
}

export function claimRequest(queueId: string, maxMessages = 1): Uint8Array {
  return toBinary(ClaimMessagesRequestSchema, create(ClaimMessagesRequestSchema, { queueId, maxMessages }));
}

/** Acknowledges claims; the head is what `ackHead` made of the queue, so that only the receipts are written anew. */
export function ackRequest(head: Uint8Array, receipts: readonly string[]): Uint8Array {
  const writer = new BinaryWriter().raw(head);
  for (const receipt of receipts) writer.tag(receiptsField, WireType.LengthDelimited).string(receipt);
  return writer.finish();
}

export function ackHead(queueId: string): Uint8Array {
  return toBinary(AckMessagesRequestSchema, create(AckMessagesRequestSchema, { queueId }));
}

const receiptsField = AckMessagesRequestSchema.field.receipts.number;
const receiptField = DeliverySchema.field.receipt.number;

/** The receipts in an answer to ClaimMessages. Nothing else of it is read: the generator is to take little CPU. */
export function receiptsOf(response: Uint8Array): string[] {
  const receipts: string[] = [];
  const reader = new BinaryReader(response);
  while (reader.pos < reader.len) {
    reader.tag();
    receipts.push(receiptOf(reader.bytes()));
  }
  return receipts;
}

function receiptOf(delivery: Uint8Array): string {
  const reader = new BinaryReader(delivery);
  for (;;) {
    const [field, wireType] = reader.tag();
    if (field === receiptField) return reader.string();
    reader.skip(wireType, field);
  }
}

/** Whether PopMessage answered with a message. */
export function isPopped(response: Uint8Array): boolean {
  return fromBinary(PopMessageResponseSchema, response).message !== undefined;
}
