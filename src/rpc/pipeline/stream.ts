import { create, toBinary } from '@bufbuild/protobuf';
import { type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import { type Status, StatusSchema } from '#gen/google/rpc/status_pb.js';
import { PipelineConfirmationSchema, PipelineResponseSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import { invalid, TracksideError, tooMany } from '../../errors.js';
import { toStatus, toStatusMessage } from '../errors.js';
import type { Gate } from '../gate.js';
import { decode } from '../message.js';
import { Outlet } from '../outlet.js';
import { relay } from '../streaming.js';
import { perform } from '../unary.js';
import { PipelinedCall } from './call.js';
import { answerFrame, emptyFrame, type Frame, readFrame } from './frame.js';
import type { PipelineMethod } from './methods.js';

/** What every stream of calls works with. */
export interface PipelineContext {
  /** By the number of their request's field. */
  readonly methods: ReadonlyMap<number, PipelineMethod>;
  readonly gate: Gate;
  /** The most unary calls in flight on a stream. */
  readonly maxCalls: number;
}

/** So many frames are read in one go before others get their turn. */
const maxRun = 64;

const { confirmation, status: ending } = PipelineResponseSchema.field;

/**
 * One stream of calls: reads a frame, begins its call, reads the next; answers as calls end. Calls begin in
 * the order of their frames, which is what orders appends. Frames are not read while too much of what was
 * answered is unsent, so that a client which doesn't read its answers costs little.
 */
export class PipelineStream {
  readonly #transport: ServerInterceptingCallInterface;
  readonly #context: PipelineContext;
  readonly #onClose: (stream: PipelineStream) => void;
  readonly #outlet: Outlet;
  readonly #calls = new Map<number, PipelinedCall>();
  /** How many of them are unary. */
  #unary = 0;
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
    this.#outlet = new Outlet(
      (bytes, onTaken) => transport.sendMessage(bytes, onTaken),
      () => this.#readOn(),
    );
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
    this.#outlet.send(answerFrame(0, confirmation.number, toBinary(PipelineConfirmationSchema, told)));
    this.#readOn();
  }

  onReceiveMessage(bytes: Uint8Array): void {
    this.#reading = false;
    if (this.#closed) return;
    const frame = emptyFrame();
    const fault = readFrame(frame, bytes, this.#context.methods);
    if (fault) this.#refuse(frame, fault);
    else if (frame.call === 'cancel') this.#cancel(frame.callId);
    else this.#begin(frame, frame.call!);
    this.#readOn();
  }

  onReceiveHalfClose(): void {
    this.#halfClosed = true;
    this.#endIfIdle();
  }

  /** The stream is over, by whatever end. */
  onCancel(): void {
    this.#closed = true;
    for (const call of this.#calls.values()) {
      call.cancel();
      this.#end(call);
    }
    this.#onClose(this);
  }

  #objection(callId: number, { kind }: PipelineMethod): TracksideError | undefined {
    const { maxCalls } = this.#context;
    if (this.#calls.has(callId)) return invalid('call_id', `is ${callId}, which is in flight on this stream`);
    if (kind !== 'unary' || this.#unary < maxCalls) return undefined;
    return tooMany('calls are in flight on this stream', 'pipeline_calls', maxCalls);
  }

  #refuse({ callId, call }: Frame, fault: TracksideError): void {
    const name = call === undefined || call === 'cancel' ? 'Pipeline' : call.method.name;
    this.#context.gate.failed(name, fault);
    this.#sendStatus(callId, toStatusMessage(fault));
  }

  /** Whoever is done by now is answered before: a grant that nobody hears of would stay. */
  #cancel(callId: number): void {
    const call = this.#calls.get(callId);
    if (call) setImmediate(() => call.cancel());
  }

  #begin(frame: Frame, method: PipelineMethod): void {
    const { callId, timeoutMs } = frame;
    const objection = this.#objection(callId, method);
    if (objection) {
      this.#refuse(frame, objection);
      return;
    }
    const call = new PipelinedCall(callId, method);
    this.#calls.set(callId, call);
    if (method.kind === 'unary') this.#unary += 1;
    if (timeoutMs !== undefined) call.expire(timeoutMs, () => this.#giveUp(call));
    this.#carryOut(call, frame.request).then(
      (response) => {
        if (this.#end(call)) this.#answer(call, response);
        this.#endIfIdle();
      },
      (error) => {
        if (this.#end(call)) this.#sendStatus(callId, toStatusMessage(error));
        this.#endIfIdle();
      },
    );
  }

  /** Resolves to the response; at the end of a stream, whose items are sent as they come, to nothing. */
  #carryOut(call: PipelinedCall, request: Uint8Array): Promise<Uint8Array | undefined> {
    const { gate } = this.#context;
    const { method } = call;
    if (method.kind === 'unary') return perform(method, request, call, gate);
    const begin = () => method.handler(decode(method.method.input, request), call);
    return relay(method.method, begin, call, gate, this.#senderOf(call)).then(() => undefined);
  }

  /** Not made beside the call's beginning, as it would keep the request for as long as items come. */
  #senderOf({ id, method, signal }: PipelinedCall) {
    return (item: Uint8Array) => {
      this.#outlet.send(answerFrame(id, method.responseField, item));
      return this.#outlet.room(signal);
    };
  }

  #answer({ id, method, cancelled }: PipelinedCall, response: Uint8Array | undefined): void {
    if (cancelled)
      this.#sendStatus(id, toStatusMessage(new TracksideError('CANCELLED', 'the call was cancelled')));
    else if (response) this.#outlet.send(answerFrame(id, method.responseField, response));
    else this.#sendStatus(id, create(StatusSchema));
  }

  #giveUp(call: PipelinedCall): void {
    call.cancel();
    this.#end(call);
    const told = toStatusMessage(new TracksideError('CANCELLED', "the call's timeout has passed"));
    told.code = status.DEADLINE_EXCEEDED;
    this.#sendStatus(call.id, told);
    this.#endIfIdle();
  }

  /** True where the call is still to be answered. */
  #end(call: PipelinedCall): boolean {
    if (this.#calls.get(call.id) !== call) return false;
    this.#calls.delete(call.id);
    if (call.method.kind === 'unary') this.#unary -= 1;
    call.end();
    return true;
  }

  #sendStatus(callId: number, message: Status): void {
    this.#outlet.send(answerFrame(callId, ending.number, toBinary(StatusSchema, message)));
  }

  /** Asks for the next frame where there is room for its answer. */
  #readOn(): void {
    if (this.#reading || this.#closed || this.#outlet.isFull) return;
    this.#reading = true;
    // A frame that is there already comes within this call: one in the other would fill the stack.
    if (++this.#frames % maxRun === 0) setImmediate(this.#read);
    else queueMicrotask(this.#read);
  }

  readonly #read = () => this.#transport.startRead();

  #endIfIdle(): void {
    if (this.#closed || this.#calls.size > 0 || !(this.#halfClosed || this.#stopped)) return;
    this.#closed = true;
    this.#transport.sendStatus(
      this.#halfClosed ? { code: status.OK, details: 'OK' } : toStatus(this.#stopped),
    );
  }
}
