import { create } from '@bufbuild/protobuf';
import {
  ClaimEnd as ClaimEndEnum,
  type Delivery as DeliveryMessage,
  DeliverySchema,
  type Message as MessageMessage,
  MessageSchema,
  MessageState as MessageStateEnum,
} from '#gen/trackside/v1/queue_service_pb.js';
import type { Micros } from '../../storage/ports/common.js';
import type { ClaimEnding, Delivery, Message, MessageState } from '../../storage/ports/queue.js';
import { formatReceipt } from '../../storage/receipt.js';
import { toDuration, toTimestamp } from '../codec.js';
import { toValue } from '../values.js';

/** What a claimed message takes besides its value, at most. */
export const frameBytes = 832;

// Filled in, not handed to create(), which costs several times more.

export function toMessage(message: Message): MessageMessage {
  const filled = create(MessageSchema);
  filled.messageId = message.messageId;
  filled.value = toValue(message.value);
  filled.groupId = message.groupId;
  filled.dedupId = message.dedupId;
  filled.pushTime = toTimestamp(message.pushTime);
  if (message.readyTime !== undefined) filled.readyTime = toTimestamp(message.readyTime);
  filled.attempts = message.attempts;
  filled.maxAttempts = message.maxAttempts;
  return filled;
}

export function toDelivery({ message, receipt, fence, leaseEnd }: Delivery, now: Micros): DeliveryMessage {
  const filled = create(DeliverySchema);
  filled.message = toMessage(message);
  filled.receipt = formatReceipt(receipt);
  if (fence !== undefined) filled.fence = BigInt(fence);
  filled.remaining = toSpan(now, leaseEnd);
  return filled;
}

/** The span from a time to a later one; none where it is not later. */
export function toSpan(start: Micros, end: Micros) {
  return toDuration(Math.max(end - start, 0));
}

/** What ended a claim, as far as it is remembered. */
export function toClaimEnd(ending: ClaimEnding | undefined): ClaimEndEnum {
  return ending ? claimEnds[ending.cause] : ClaimEndEnum.UNKNOWN;
}

const claimEnds: Readonly<Record<ClaimEnding['cause'], ClaimEndEnum>> = {
  acked: ClaimEndEnum.ACKED,
  nacked: ClaimEndEnum.NACKED,
  expired: ClaimEndEnum.EXPIRED,
  purged: ClaimEndEnum.PURGED,
  deleted: ClaimEndEnum.DELETED,
};

/** The states of messages; ready where none is named. */
export const stateOf: Readonly<Record<MessageStateEnum, MessageState>> = {
  [MessageStateEnum.UNSPECIFIED]: 'ready',
  [MessageStateEnum.READY]: 'ready',
  [MessageStateEnum.DELAYED]: 'delayed',
  [MessageStateEnum.IN_FLIGHT]: 'in_flight',
  [MessageStateEnum.PARKED]: 'parked',
};
