import {
  create,
  type DescMethod,
  fromBinary,
  type Message,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { CacheService, SetEntryResponseSchema } from '#gen/trackside/v1/cache_service_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { sampleEntry } from '../messages.js';
import { listen } from './listen.js';
import { reply } from './reply.js';

const written = create(SetEntryResponseSchema, { written: true });
const server = new Server();
serve(TrackerService.method.appendEvents, reply);
serve(CacheService.method.getEntry, () => sampleEntry);
serve(CacheService.method.setEntry, () => written);
listen(server);

function serve<M extends DescMethod>(
  method: M,
  replyTo: (request: MessageShape<M['input']>) => MessageShape<M['output']>,
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
    call: ServerUnaryCall<MessageShape<M['input']>, Message>,
    respond: sendUnaryData<Message>,
  ) => respond(null, replyTo(call.request));
  server.addService({ [method.localName]: definition }, { [method.localName]: handler });
}
