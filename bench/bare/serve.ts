import { type DescMethod, fromBinary, type Message, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { Server, ServerUnaryCall } from '@grpc/grpc-js';

/** Adds a unary method to a bare server; its handler answers once, now or later. */
export function serve<M extends DescMethod>(
  server: Server,
  method: M,
  handle: (request: MessageShape<M['input']>, answer: (response: MessageShape<M['output']>) => void) => void,
): void {
  const definition = {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (request: Message) => Buffer.from(toBinary(method.input, request)),
    requestDeserialize: (bytes: Buffer) => fromBinary(method.input, bytes),
    responseSerialize: (response: Message) => {
      const { buffer, byteOffset, byteLength } = toBinary(method.output, response);
      return Buffer.from(buffer, byteOffset, byteLength);
    },
    responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
  };
  const handler = (
    call: ServerUnaryCall<MessageShape<M['input']>, MessageShape<M['output']>>,
    respond: (error: null, response: MessageShape<M['output']>) => void,
  ) => handle(call.request, (response) => respond(null, response));
  server.addService({ [method.localName]: definition }, { [method.localName]: handler });
}
