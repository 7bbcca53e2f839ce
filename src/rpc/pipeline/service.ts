import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { PipelineService } from '#gen/trackside/v1/pipeline_service_pb.js';
import type { TracksideError } from '../../errors.js';
import { definitionOf } from '../bind.js';
import { type PipelineContext, PipelineStream } from './stream.js';

const definition = definitionOf(PipelineService.method.pipeline);

/**
 * The PipelineService: carries out frames by the handlers of the other services. It takes the call below the
 * Node streams that grpc-js wraps into one: they cost as much as a small call, and hand answers on one by one.
 */
export class Pipelines {
  readonly #context: PipelineContext;
  readonly #streams = new Set<PipelineStream>();
  #stopped: TracksideError | undefined;

  constructor(context: PipelineContext) {
    this.#context = context;
  }

  /** What grpc-js registers. It gets calls by their path, and the interceptor takes them over. */
  readonly service: readonly [ServiceDefinition, UntypedServiceImplementation] = [
    { pipeline: definition },
    { pipeline: () => {} },
  ];

  readonly interceptor: ServerInterceptor = ({ path }, call) =>
    path === definition.path
      ? new PipelineCall(call, (transport) => this.#open(transport))
      : // Passed on as it is: a wrapper would cost every call.
        (call as ServerInterceptingCall);

  /** Ends every stream with this error, once what is in flight on it is answered. */
  stop(error: TracksideError): void {
    this.#stopped = error;
    for (const stream of this.#streams) stream.stop(error);
  }

  #open(transport: ServerInterceptingCallInterface): PipelineStream {
    const stream = new PipelineStream(transport, this.#context, (closed) => this.#streams.delete(closed));
    this.#streams.add(stream);
    if (this.#stopped) stream.stop(this.#stopped);
    return stream;
  }
}

class PipelineCall extends ServerInterceptingCall {
  readonly #call: ServerInterceptingCallInterface;
  readonly #open: (call: ServerInterceptingCallInterface) => PipelineStream;

  constructor(
    call: ServerInterceptingCallInterface,
    open: (call: ServerInterceptingCallInterface) => PipelineStream,
  ) {
    super(call);
    this.#call = call;
    this.#open = open;
  }

  override start(): void {
    this.#call.start(this.#open(this.#call));
  }
}
