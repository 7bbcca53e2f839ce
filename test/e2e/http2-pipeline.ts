import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  PipelineRequestSchema,
  type PipelineResponse,
  PipelineResponseSchema,
} from '#gen/trackside/v1/pipeline_service_pb.js';
import type { FrameCall } from './pipeline.js';

/** What stands before a message: whether it is compressed, and its length. */
const headBytes = 5;

/** A stream of calls without a gRPC library: of what is not asked for HTTP/2 takes 64 KiB, and frames can be sent in one go. */
export class Http2Pipeline {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest = Buffer.alloc(0);

  constructor(address: string) {
    this.#session = connect(`http://${address}`);
    this.#stream = this.#session.request({
      ':method': 'POST',
      ':path': '/trackside.v1.PipelineService/Pipeline',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    this.#chunks = this.#stream[Symbol.asyncIterator]();
  }

  /** Sends frames so that they come together. */
  send(...frames: readonly (readonly [callId: number, call: FrameCall])[]): void {
    this.#stream.write(Buffer.concat(frames.flatMap(([callId, call]) => framed(callId, call))));
  }

  /** The next response. */
  async next(): Promise<PipelineResponse> {
    for (;;) {
      const end = this.#rest.length < headBytes ? headBytes : headBytes + this.#rest.readUInt32BE(1);
      if (this.#rest.length >= end) {
        const message = this.#rest.subarray(headBytes, end);
        this.#rest = this.#rest.subarray(end);
        return fromBinary(PipelineResponseSchema, message);
      }
      const { value, done } = await this.#chunks.next();
      if (done) throw new Error('the stream has ended');
      this.#rest = Buffer.concat([this.#rest, value]);
    }
  }

  close(): void {
    this.#session.destroy();
  }
}

function framed(callId: number, call: FrameCall): readonly Uint8Array[] {
  const message = toBinary(PipelineRequestSchema, create(PipelineRequestSchema, { callId, call }));
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(message.length, 1);
  return [head, message];
}
