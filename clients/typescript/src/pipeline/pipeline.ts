import { create, type Message, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { Channel } from '@grpc/grpc-js';
import { PipelineRequestSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import type { PipelineMethod } from './methods.js';
import { PendingCall, type PipelinedOptions } from './pending.js';
import { PipelineStream } from './stream.js';

/** The largest frame that the server takes. */
const maxFrameBytes = 4 << 20;

/** Calls as frames of one stream, which is opened with the first call, and anew with the next after it broke. */
export class Pipeline {
  readonly #channel: Channel;
  #stream: PipelineStream | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Calls; undefined where the request is too large for a frame. */
  call(
    method: PipelineMethod,
    request: MessageInitShape<PipelineMethod['input']>,
    options: PipelinedOptions,
  ): Promise<Message> | undefined {
    const body = encode(method, request, options.timeoutMs);
    if (body.length > maxFrameBytes) return undefined;
    const call = new PendingCall(method, body, options);
    if (!call.settled) this.#open().send(call);
    return call.response;
  }

  close(): void {
    this.#stream?.close();
  }

  #open(): PipelineStream {
    if (!this.#stream) {
      const stream = new PipelineStream(this.#channel, () => {
        if (this.#stream === stream) this.#stream = undefined;
      });
      this.#stream = stream;
    }
    return this.#stream;
  }
}

function encode(
  { input, requestCase }: PipelineMethod,
  request: MessageInitShape<PipelineMethod['input']>,
  timeoutMs: number | undefined,
): Uint8Array {
  const frame = create(PipelineRequestSchema);
  if (timeoutMs !== undefined) frame.timeout = durationFromMs(timeoutMs);
  frame.call = { case: requestCase, value: create(input, request) } as typeof frame.call;
  return toBinary(PipelineRequestSchema, frame);
}
