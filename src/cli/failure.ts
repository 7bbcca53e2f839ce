import type { Message } from '@bufbuild/protobuf';
import { fromBinary } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type CallOptions, ClientError, type ClientMiddlewareCall, Status } from 'nice-grpc';
import { BadRequestSchema, ErrorInfoSchema } from '#gen/google/rpc/error_details_pb.js';
import { type Status as StatusDetails, StatusSchema } from '#gen/google/rpc/status_pb.js';

/** What a failed call tells. */
export interface Failure {
  /** The gRPC status; UNKNOWN where the failure isn't a call's. */
  readonly code: Status;
  /** One of the reasons of errors.ts; undefined where the server gave none, as when it can't be reached. */
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields that are wrong, and what to do about them. */
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  /** For people. */
  readonly message: string;
}

const detailsKey = 'grpc-status-details-bin';
const details = new WeakMap<object, Uint8Array>();

/** Reads why a call through one of our clients failed. */
export function reasonOf(error: unknown): Failure {
  if (!(error instanceof ClientError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: Status.UNKNOWN, reason: undefined, metadata: {}, violations: [], message };
  }
  const bytes = details.get(error);
  const status = bytes && fromBinary(StatusSchema, bytes);
  const info = unpack(status, ErrorInfoSchema);
  const ours = info?.domain === 'trackside' ? info : undefined;
  return {
    code: error.code,
    reason: ours?.reason,
    metadata: ours?.metadata ?? {},
    violations: unpack(status, BadRequestSchema)?.fieldViolations ?? [],
    message: error.details,
  };
}

/** Client middleware that keeps what `reasonOf` reads: nice-grpc's errors leave the status details out. */
export async function* keepDetails<Request, Response>(
  call: ClientMiddlewareCall<Request, Response>,
  options: CallOptions,
): AsyncGenerator<Response, Response | undefined, undefined> {
  let bytes: Uint8Array | undefined;
  const onTrailer: CallOptions['onTrailer'] = (trailer) => {
    bytes = trailer.get(detailsKey);
    options.onTrailer?.(trailer);
  };
  try {
    return (yield* call.next(call.request, { ...options, onTrailer })) as Response | undefined;
  } catch (error) {
    if (bytes && error instanceof ClientError) details.set(error, bytes);
    throw error;
  }
}

function unpack<T extends Message>(status: StatusDetails | undefined, schema: GenMessage<T>): T | undefined {
  for (const any of status?.details ?? []) {
    const found = anyUnpack(any, schema);
    if (found) return found as T;
  }
  return undefined;
}
