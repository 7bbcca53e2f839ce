import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '#gen/google/rpc/error_details_pb.js';
import { type Status, StatusSchema } from '#gen/google/rpc/status_pb.js';
import { type Reason, TracksideError } from '../errors.js';

/** Each reason's status. */
const codes: Readonly<Record<Reason, status>> = {
  INVALID_REQUEST: status.INVALID_ARGUMENT,
  VERSION_CONFLICT: status.ABORTED,
  FENCE_STALE: status.FAILED_PRECONDITION,
  APPEND_ID_REUSED: status.ALREADY_EXISTS,
  REQUEST_ID_REUSED: status.ALREADY_EXISTS,
  CONVERSATION_NOT_FOUND: status.NOT_FOUND,
  KEY_NOT_FOUND: status.NOT_FOUND,
  WRONG_KIND: status.FAILED_PRECONDITION,
  LOCK_TAKEN: status.ABORTED,
  LEASE_LOST: status.FAILED_PRECONDITION,
  GROUPS_UNAVAILABLE: status.FAILED_PRECONDITION,
  NUMBER_OUT_OF_RANGE: status.OUT_OF_RANGE,
  SERVICE_NOT_FOUND: status.NOT_FOUND,
  TOO_LARGE: status.RESOURCE_EXHAUSTED,
  OVERLOADED: status.UNAVAILABLE,
  SHUTTING_DOWN: status.UNAVAILABLE,
  STORE_UNAVAILABLE: status.UNAVAILABLE,
  STORE_FULL: status.RESOURCE_EXHAUSTED,
  CANCELLED: status.CANCELLED,
  INTERNAL: status.INTERNAL,
};

/** How long a client should wait before it tries again, in milliseconds, where trying again can help. */
const retryDelaysMs: Partial<Readonly<Record<Reason, number>>> = {
  OVERLOADED: 100,
  SHUTTING_DOWN: 500,
  STORE_UNAVAILABLE: 500,
};

/** The most characters of a message: it travels in a header. */
const maxMessage = 1_000;

/**
 * The gRPC status of a failure: the reason as ErrorInfo of domain "trackside", field violations as BadRequest,
 * a delay as RetryInfo. What isn't a TracksideError is a defect, of which the client learns nothing else.
 */
export function toStatus(failure: unknown): StatusObject {
  const message = toStatusMessage(failure);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, message)));
  return { code: message.code, details: message.message, metadata };
}

/** The same as a message, for an answer that carries failures. */
export function toStatusMessage(failure: unknown): Status {
  const error =
    failure instanceof TracksideError
      ? failure
      : new TracksideError('INTERNAL', 'the sidecar failed; its log says why', { cause: failure });
  const message = error.message.slice(0, maxMessage).toWellFormed();
  return create(StatusSchema, { code: codes[error.reason], message, details: detailsOf(error) });
}

function detailsOf(error: TracksideError) {
  const { reason, metadata, violations } = error;
  const details = [
    anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain: 'trackside', metadata })),
  ];
  if (violations.length > 0) {
    const fieldViolations = violations.map(({ field, description }) => ({ field, description }));
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations })));
  }
  const delayMs = retryDelaysMs[reason];
  if (delayMs !== undefined) {
    const retryDelay = { seconds: 0n, nanos: delayMs * 1_000_000 };
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  }
  return details;
}
