import { fromBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Channel, Metadata, type StatusObject, status } from '@grpc/grpc-js';
import {
  PipelineRequestSchema,
  PipelineResponseSchema,
  PipelineService,
} from '#gen/trackside/v1/pipeline_service_pb.js';
import { CallError, detailsKey } from '../error.js';
import type { PendingCall } from './pending.js';

const path = `/${PipelineService.typeName}/${PipelineService.method.pipeline.name}`;
const callIdField = PipelineRequestSchema.field.callId.number;
const maxCallId = 0xffff_ffff;

/**
 * One stream of calls. A call waits here until the server has told how many it takes at a time, and while that
 * many are in flight. When the stream ends, whatever is not answered fails.
 */
export class PipelineStream {
  readonly #call: ReturnType<Channel['createCall']>;
  readonly #onEnd: () => void;
  readonly #inFlight = new Map<number, PendingCall>();
  readonly #waiting = new Set<PendingCall>();
  /** Not told yet. */
  #maxCalls = 0;
  #lastId = 0;

  constructor(channel: Channel, onEnd: () => void) {
    this.#onEnd = onEnd;
    // Below the Node stream that grpc-js makes of a call, which costs as much again for each message.
    this.#call = channel.createCall(path, Number.POSITIVE_INFINITY, null, null, null);
    this.#call.start(new Metadata(), {
      onReceiveMetadata: () => {},
      onReceiveMessage: (bytes) => this.#receive(bytes),
      onReceiveStatus: (ended) => this.#end(ended),
    });
    this.#call.startRead();
  }

  send(call: PendingCall): void {
    this.#waiting.add(call);
    this.#flush();
  }

  /** Gives up what is in flight. */
  close(): void {
    this.#call.cancelWithStatus(status.CANCELLED, 'the connection was closed');
  }

  #receive(bytes: Uint8Array): void {
    this.#call.startRead();
    const response = fromBinary(PipelineResponseSchema, bytes);
    if (response.result.case === 'confirmation') {
      this.#maxCalls = response.result.value.maxCalls;
    } else {
      this.#inFlight.get(response.callId)?.settle(response);
      this.#inFlight.delete(response.callId);
    }
    this.#flush();
  }

  #flush(): void {
    for (const call of this.#waiting) {
      if (this.#inFlight.size >= this.#maxCalls) return;
      this.#waiting.delete(call);
      if (!call.settled) this.#write(call);
    }
  }

  #write(call: PendingCall): void {
    const id = this.#freeId();
    this.#inFlight.set(id, call);
    const head = new BinaryWriter().tag(callIdField, WireType.Varint).uint32(id).finish();
    this.#call.sendMessageWithContext({}, Buffer.concat([head, call.body]));
  }

  #end({ code, details, metadata }: StatusObject): void {
    this.#onEnd();
    const [bytes] = metadata.get(detailsKey) as Buffer[];
    // Nothing was begun by a server that doesn't know pipelines; else it is open what took effect.
    const told = code === status.UNIMPLEMENTED ? code : status.UNAVAILABLE;
    for (const call of [...this.#inFlight.values(), ...this.#waiting]) {
      call.fail(CallError.ofTrailer(call.path, told, details, bytes));
    }
  }

  #freeId(): number {
    do this.#lastId = (this.#lastId % maxCallId) + 1;
    while (this.#inFlight.has(this.#lastId));
    return this.#lastId;
  }
}
