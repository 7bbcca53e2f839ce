import { create, toBinary } from '@bufbuild/protobuf';
import { type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import { type Status, StatusSchema } from '#gen/google/rpc/status_pb.js';
import { PipelineConfirmationSchema, PipelineResponseSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import { invalid, TracksideError, tooMany } from '../../errors.js';
import { toStatus, toStatusMessage } from '../errors.js';
import type { Gate } from '../gate.js';
import { maxUnsent } from '../outlet.js';
import { perform } from '../unary.js';
import { PipelinedCall } from './call.js';
import { answerFrame, emptyFrame, type Frame, readFrame } from './frame.js';
import type { PipelineMethod } from './methods.js';

/** What every stream of calls works with. */
export interface PipelineContext {
  /** By the number of their request's field. */
  readonly methods: ReadonlyMap<number, PipelineMethod>;
  readonly gate: Gate;
  /** The most calls in flight on a stream. */
  readonly maxCalls: number;
}

/** So many frames are read in one go before others get their turn. */
const maxRun = 64;

const { confirmation, status: failure } = PipelineResponseSchema.field;

/**
 * One stream of calls: reads a frame, begins its call, reads the next; answers as calls end. Calls begin in
 * the order of their frames, which is what orders appends. Frames are not read while too much of what was
 * answered is unsent, so that a client which doesn't read its answers costs little.
 */
export class PipelineStream {
  readonly #transport: ServerInterceptingCallInterface;
  readonly #context: PipelineContext;
  readonly #onClose: (stream: PipelineStream) => void;
  readonly #calls = new Map<number, PipelinedCall>();
  #unsent = 0;
  #frames = 0;
  #reading = false;
  #halfClosed = false;
  /** Why no more frames are taken, once the last call has ended. */
  #stopped: TracksideError | undefined;
  #closed = false;

  constructor(
    transport: ServerInterceptingCallInterface,
    context: PipelineContext,
    onClose: (stream: PipelineStream) => void,
  ) {
    this.#transport = transport;
    this.#context = context;
    this.#onClose = onClose;
  }

  /** Ends the stream with this error when nothing is in flight any more. */
  stop(error: TracksideError): void {
    this.#stopped = error;
    this.#endIfIdle();
  }

  onReceiveMetadata(): void {
    const { maxCalls } = this.#context;
    const told = create(PipelineConfirmationSchema, { maxCalls });
    this.#send(answerFrame(0, confirmation.number, toBinary(PipelineConfirmationSchema, told)));
    this.#readOn();
  }

  onReceiveMessage(bytes: Uint8Array): void {
    this.#reading = false;
    if (this.#closed) return;
    const frame = emptyFrame();
    const fault = readFrame(frame, bytes, this.#context.methods) ?? this.#objection(frame.callId);
    if (fault) this.#refuse(frame, fault);
    else this.#begin(frame);
    this.#readOn();
  }

  onReceiveHalfClose(): void {
    this.#halfClosed = true;
    this.#endIfIdle();
  }

  /** The stream is over, by whatever end. */
  onCancel(): void {
    this.#closed = true;
    for (const call of this.#calls.values()) call.cancel();
    this.#calls.clear();
    this.#onClose(this);
  }

  #objection(callId: number): TracksideError | undefined {
    const { maxCalls } = this.#context;
    if (this.#calls.has(callId)) return invalid('call_id', `is ${callId}, which is in flight on this stream`);
    if (this.#calls.size < maxCalls) return undefined;
    return tooMany('calls are in flight on this stream', 'pipeline_calls', maxCalls);
  }

  #refuse({ callId, method }: Frame, fault: TracksideError): void {
    this.#context.gate.failed(method?.method.name ?? 'Pipeline', fault);
    this.#fail(callId, toStatusMessage(fault));
  }

  #begin({ callId, method, request, timeoutMs }: Frame): void {
    const call = new PipelinedCall(callId, method!);
    this.#calls.set(callId, call);
    if (timeoutMs !== undefined) call.expire(timeoutMs, () => this.#giveUp(call));
    perform(call.method, request, call, this.#context.gate).then(
      (response) => {
        if (this.#end(call)) this.#send(answerFrame(callId, call.method.responseField, response));
        this.#endIfIdle();
      },
      (error) => {
        if (this.#end(call)) this.#fail(callId, toStatusMessage(error));
        this.#endIfIdle();
      },
    );
  }

  #giveUp(call: PipelinedCall): void {
    call.cancel();
    this.#end(call);
    const told = toStatusMessage(new TracksideError('CANCELLED', "the call's timeout has passed"));
    told.code = status.DEADLINE_EXCEEDED;
    this.#fail(call.id, told);
    this.#endIfIdle();
  }

  /** True where the call is still to be answered. */
  #end(call: PipelinedCall): boolean {
    if (this.#calls.get(call.id) !== call) return false;
    this.#calls.delete(call.id);
    call.end();
    return true;
  }

  #fail(callId: number, message: Status): void {
    this.#send(answerFrame(callId, failure.number, toBinary(StatusSchema, message)));
  }

  #send(bytes: Buffer): void {
    this.#unsent += bytes.length;
    this.#transport.sendMessage(bytes, () => {
      this.#unsent -= bytes.length;
      this.#readOn();
    });
  }

  /** Asks for the next frame where there is room for its answer. */
  #readOn(): void {
    if (this.#reading || this.#closed || this.#unsent >= maxUnsent) return;
    this.#reading = true;
    // A frame that is there already comes within this call: one in the other would fill the stack.
    if (++this.#frames % maxRun === 0) setImmediate(this.#read);
    else queueMicrotask(this.#read);
  }

  readonly #read = () => this.#transport.startRead();

  #endIfIdle(): void {
    if (this.#closed || this.#calls.size > 0 || !(this.#halfClosed || this.#stopped)) return;
    this.#closed = true;
    const ending = this.#halfClosed ? { code: status.OK, details: 'OK' } : toStatus(this.#stopped);
    this.#transport.sendStatus(ending);
  }
}
