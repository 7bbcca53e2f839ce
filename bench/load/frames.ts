import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { PipelineRequestSchema, PipelineResponseSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import { WireConnection } from './wire.js';

const callIdField = PipelineRequestSchema.field.callId.number;
const failureField = PipelineResponseSchema.field.status.number;

/** Calls on one pipeline, or on a bare stream that answers frames by themselves. */
export class FrameConnection {
  readonly #send: (message: Uint8Array) => void;
  readonly #pending = new Map<number, { resolve(response: Uint8Array): void; reject(error: Error): void }>();
  #lastId = 0;

  private constructor(connection: WireConnection) {
    this.#send = connection.stream(
      (message) => this.#receive(message),
      (error) => this.#fail(error ?? new Error('the stream ended')),
    );
  }

  static async open(address: string, path: string): Promise<FrameConnection> {
    return new FrameConnection(await WireConnection.open(address, path));
  }

  /** Calls; the body is a frame without its call_id. Resolves to the response; rejects where the call failed. */
  call(body: Uint8Array): Promise<Uint8Array> {
    this.#lastId += 1;
    const id = this.#lastId;
    const head = new BinaryWriter().tag(callIdField, WireType.Varint).uint32(id).finish();
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send(Buffer.concat([head, body]));
    });
  }

  #receive(message: Buffer): void {
    const reader = new BinaryReader(message);
    const [field] = reader.tag();
    // The confirmation has no call_id.
    if (field !== callIdField) return;
    const id = reader.uint32();
    const call = this.#pending.get(id)!;
    this.#pending.delete(id);
    if (reader.tag()[0] === failureField) call.reject(new Error('a pipelined call failed'));
    else call.resolve(reader.bytes());
  }

  #fail(error: Error): void {
    for (const call of this.#pending.values()) call.reject(error);
  }
}
