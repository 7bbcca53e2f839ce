import { fromBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema } from '#gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '#gen/google/rpc/status_pb.js';

/** How a call of raw bytes ended. */
export interface RawAnswer {
  /** The status' name. */
  readonly code: string;
  readonly reason: string | undefined;
  /** The fields that are wrong. */
  readonly fields: readonly string[];
}

/** A client that sends bytes as they are, which generated code would refuse to. */
export class RawClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  /** Calls, with a deadline in milliseconds or none. */
  call(method: string, request: Uint8Array, timeoutMs?: number): Promise<RawAnswer> {
    const same = (bytes: Buffer) => bytes;
    const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
    return new Promise((resolve) => {
      const answer = (error: ServiceError | null) => resolve(toAnswer(error));
      this.#client.makeUnaryRequest(method, same, same, Buffer.from(request), options, answer);
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** A message of fields with bytes as they are. */
export function rawMessage(...fields: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, bytes] of fields) writer.tag(number, WireType.LengthDelimited).bytes(bytes);
  return writer.finish();
}

function toAnswer(error: ServiceError | null): RawAnswer {
  const [bytes] = error?.metadata.get('grpc-status-details-bin') ?? [];
  const details = bytes ? fromBinary(StatusSchema, bytes as Buffer).details : [];
  const unpacked = details.map((any) => anyUnpack(any, ErrorInfoSchema)).find((info) => info?.reason);
  const violations = details.flatMap((any) => anyUnpack(any, BadRequestSchema)?.fieldViolations ?? []);
  return {
    code: status[error?.code ?? status.OK],
    reason: unpacked?.reason,
    fields: violations.map(({ field }) => field),
  };
}
