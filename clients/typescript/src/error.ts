import { fromBinary, type Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { ClientError, Status } from 'nice-grpc';
import { BadRequestSchema, ErrorInfoSchema } from '#gen/google/rpc/error_details_pb.js';
import { type Status as StatusMessage, StatusSchema } from '#gen/google/rpc/status_pb.js';

/** Where gRPC carries what a status tells besides code and message. */
export const detailsKey = 'grpc-status-details-bin';

/** A field of the request that is wrong, and what to do about it. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/**
 * A call that failed. `code` is gRPC's status, `details` its message for people. Where Trackside answered,
 * `reason` tells what happened (see its reference for the list), with `metadata` for programs, and
 * `violations` name the fields that are wrong.
 */
export class CallError extends ClientError {
  /** Undefined where Trackside gave none, as when it can't be reached. */
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
  /** True where the caller gave up, by the call's signal. */
  readonly aborted: boolean;

  constructor(path: string, code: Status, message: string, status?: StatusMessage, aborted = false) {
    super(path, code, message);
    this.name = 'CallError';
    const info = unpack(status, ErrorInfoSchema);
    const ours = info?.domain === 'trackside' ? info : undefined;
    this.reason = ours?.reason;
    this.metadata = ours?.metadata ?? {};
    this.violations = unpack(status, BadRequestSchema)?.fieldViolations ?? [];
    this.aborted = aborted;
  }

  /** Of a status as it came in a call's trailer. */
  static ofTrailer(path: string, code: Status, message: string, details: Uint8Array | undefined): CallError {
    return new CallError(path, code, message, details && fromBinary(StatusSchema, details));
  }
}

/** The failure of a call whose time was up. */
export function timedOut(path: string): CallError {
  return new CallError(path, Status.DEADLINE_EXCEEDED, "the call's timeout has passed");
}

/** The failure of a call whose signal was aborted. */
export function aborted(path: string): CallError {
  return new CallError(path, Status.CANCELLED, 'the call was aborted', undefined, true);
}

function unpack<T extends Message>(status: StatusMessage | undefined, schema: GenMessage<T>): T | undefined {
  for (const any of status?.details ?? []) {
    const found = anyUnpack(any, schema);
    if (found) return found as T;
  }
  return undefined;
}
