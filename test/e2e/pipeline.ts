import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Client, type ClientDuplexStream, credentials, type StatusObject, status } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema } from '#gen/google/rpc/error_details_pb.js';
import { type Status, StatusSchema } from '#gen/google/rpc/status_pb.js';
import {
  PipelineRequestSchema,
  type PipelineResponse,
  PipelineResponseSchema,
} from '#gen/trackside/v1/pipeline_service_pb.js';

/** A call as a frame has it. */
export type FrameCall = NonNullable<MessageInitShape<typeof PipelineRequestSchema>['call']>;

/** An answer: the result's kind, or the code, reason and fields of its failure. */
export interface Answer {
  readonly callId: number;
  readonly kind: PipelineResponse['result']['case'];
  readonly value: PipelineResponse['result']['value'];
  readonly code: string;
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly fields: readonly string[];
}

const streams = new Set<RawPipeline>();

/** A stream of calls, frame by frame. */
export class RawPipeline {
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;
  readonly #answers: AsyncIterator<Buffer>;
  /** How the stream ended. */
  readonly ended: Promise<{ readonly code: string; readonly reason: string | undefined }>;

  constructor(address: string) {
    const same = (bytes: Buffer) => bytes;
    this.#client = new Client(address, credentials.createInsecure());
    this.#stream = this.#client.makeBidiStreamRequest('/trackside.v1.PipelineService/Pipeline', same, same);
    this.#answers = this.#stream[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => {
      this.#stream.on('status', ({ code, metadata }: StatusObject) => {
        const [bytes] = metadata.get('grpc-status-details-bin');
        const { reason } = detailsOf(bytes ? fromBinary(StatusSchema, bytes as Buffer) : undefined);
        resolve({ code: status[code], reason });
      });
    });
    this.#stream.on('error', () => {});
    streams.add(this);
  }

  send(callId: number, call: FrameCall, timeoutMs?: number): void {
    const timeout = timeoutMs === undefined ? {} : { timeout: durationOf(timeoutMs) };
    this.sendBytes(
      toBinary(PipelineRequestSchema, create(PipelineRequestSchema, { callId, call, ...timeout })),
    );
  }

  sendBytes(bytes: Uint8Array): void {
    this.#stream.write(Buffer.from(bytes));
  }

  /** The next answer. */
  async next(): Promise<Answer> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the stream has ended');
    return toAnswer(fromBinary(PipelineResponseSchema, value));
  }

  /** The next so many answers. */
  async take(count: number): Promise<Answer[]> {
    const answers: Answer[] = [];
    while (answers.length < count) answers.push(await this.next());
    return answers;
  }

  /** Calls, where nothing else is in flight. */
  async call(callId: number, call: FrameCall, timeoutMs?: number): Promise<Answer> {
    this.send(callId, call, timeoutMs);
    return this.next();
  }

  halfClose(): void {
    this.#stream.end();
  }

  cancel(): void {
    this.#stream.cancel();
  }

  close(): void {
    this.#stream.destroy();
    this.#client.close();
  }
}

/** Opens a stream and reads its confirmation. */
export async function openPipeline(address: string): Promise<RawPipeline> {
  const pipeline = new RawPipeline(address);
  await pipeline.next();
  return pipeline;
}

export function closePipelines(): void {
  for (const stream of streams) stream.close();
  streams.clear();
}

function toAnswer({ callId, result }: PipelineResponse): Answer {
  const { case: kind, value } = result;
  const failure = kind === 'status' ? value : undefined;
  return { callId, kind, value, code: status[failure?.code ?? 0]!, ...detailsOf(failure) };
}

function detailsOf(failure: Status | undefined) {
  const details = failure?.details ?? [];
  const info = details.map((any) => anyUnpack(any, ErrorInfoSchema)).find((one) => one?.reason);
  const violations = details.flatMap((any) => anyUnpack(any, BadRequestSchema)?.fieldViolations ?? []);
  return {
    reason: info?.reason,
    metadata: info?.metadata ?? {},
    fields: violations.map(({ field }) => field),
  };
}

function durationOf(ms: number) {
  return { seconds: BigInt(Math.trunc(ms / 1_000)), nanos: (ms % 1_000) * 1e6 };
}
