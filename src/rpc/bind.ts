import type { Readable } from 'node:stream';
import type { DescMessage, DescMethod, Message } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import type {
  MethodDefinition,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  sendUnaryData,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Call, Handlers } from './define.js';
import { toStatus } from './errors.js';
import type { Gate } from './gate.js';
import { asBuffer, decode } from './message.js';
import { Outlet } from './outlet.js';
import { relay, type StreamItems } from './streaming.js';
import { perform, type UnaryMethod } from './unary.js';

type AnyHandler = (request: unknown, call: Call) => unknown;
type Bytes = Uint8Array;

/** Turns a service's handlers into what grpc-js serves. */
export function bindService<M extends GenServiceMethods>(
  service: GenService<M>,
  handlers: Handlers<GenService<M>>,
  gate: Gate,
): [ServiceDefinition, UntypedServiceImplementation] {
  const definition: Record<string, MethodDefinition<Bytes, Bytes>> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const method of service.methods) {
    definition[method.localName] = definitionOf(method);
    const handler = (handlers as Record<string, unknown>)[method.localName] as AnyHandler;
    implementation[method.localName] = bindMethod(method, handler, gate);
  }
  return [definition, implementation];
}

/** A method as grpc-js knows it, without decoding: it would answer INTERNAL to malformed messages. */
export function definitionOf(method: DescMethod): MethodDefinition<Bytes, Bytes> {
  const passOn = (bytes: Bytes) => bytes as Buffer;
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: passOn,
    requestDeserialize: passOn,
    responseSerialize: asBuffer,
    responseDeserialize: passOn,
  };
}

function bindMethod(method: DescMethod, handler: AnyHandler, gate: Gate): UntypedHandleCall {
  switch (method.methodKind) {
    case 'unary':
      return (call: ServerUnaryCall<Bytes, Bytes>, respond: sendUnaryData<Bytes>) =>
        void answer({ method, handler: handler as never }, gate, call, respond);
    case 'server_streaming':
      return (call: ServerWritableStream<Bytes, Bytes>) =>
        void stream(method, gate, call, (known) =>
          (handler as StreamHandler)(decode(method.input, call.request), known),
        );
    case 'bidi_streaming':
      return (call: ServerDuplexStream<Bytes, Bytes>) =>
        void stream(method, gate, call, (known) =>
          (handler as StreamHandler)(receiveAll(method.input, call), known),
        );
    default:
      throw new Error(`${method.name}: ${method.methodKind} is not served`);
  }
}

type StreamHandler = (request: unknown, call: Call) => StreamItems;

async function answer(
  method: UnaryMethod,
  gate: Gate,
  call: ServerUnaryCall<Bytes, Bytes>,
  respond: sendUnaryData<Bytes>,
): Promise<void> {
  try {
    respond(null, await perform(method, call.request, new TransportCall(call), gate));
  } catch (error) {
    respond(toStatus(error));
  }
}

async function stream(
  method: DescMethod,
  gate: Gate,
  call: ServerWritableStream<Bytes, Bytes> | ServerDuplexStream<Bytes, Bytes>,
  begin: (known: Call) => StreamItems,
): Promise<void> {
  const known = new TransportCall(call);
  const outlet = new Outlet((bytes, onTaken) => call.write(bytes, onTaken));
  const send = (bytes: Bytes) => {
    outlet.send(bytes);
    return outlet.room(known.signal);
  };
  try {
    await relay(method, () => begin(known), known, gate, send);
    if (!call.cancelled) call.end();
  } catch (error) {
    if (!call.cancelled) call.emit('error', toStatus(error));
  }
}

interface Cancellable {
  readonly cancelled: boolean;
  once(event: 'cancelled', listener: () => void): unknown;
}

/**
 * What a handler knows of a call of its own. Most never look at their signal: it is made when they do. A class, for
 * an object literal with a getter has a hidden class of its own each time, which keeps the whole call in memory until
 * the next full collection.
 */
class TransportCall implements Call {
  readonly #call: Cancellable;
  #signal: AbortSignal | undefined;

  constructor(call: Cancellable) {
    this.#call = call;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#follow();
    return this.#signal;
  }

  #follow(): AbortSignal {
    const controller = new AbortController();
    if (this.#call.cancelled) controller.abort();
    else this.#call.once('cancelled', () => controller.abort());
    return controller.signal;
  }
}

async function* receiveAll(schema: DescMessage, call: Readable): AsyncGenerator<Message> {
  // The call's own iterator would destroy it at the end of the requests, with the answer unsent.
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield decode(schema, bytes);
}
