import { Server, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';
import { path } from '../messages.js';
import { listen } from './listen.js';

/** What each stream is sent when a unary call comes: so many bytes as the argument says. */
const message = Buffer.alloc(Number(process.argv[2]), 1);
const streams = new Set<ServerWritableStream<Buffer, Buffer>>();
const bytes = (value: Buffer) => value;
const serializers = {
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};

const server = new Server();
server.addService(
  {
    appendEvents: { path: path('AppendEvents'), requestStream: false, responseStream: false, ...serializers },
    subscribeEvents: {
      path: path('SubscribeEvents'),
      requestStream: false,
      responseStream: true,
      ...serializers,
    },
  },
  {
    appendEvents: (_call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>) => {
      for (const stream of streams) stream.write(message);
      respond(null, Buffer.alloc(80));
    },
    subscribeEvents: (call: ServerWritableStream<Buffer, Buffer>) => {
      streams.add(call);
      call.once('cancelled', () => streams.delete(call));
      call.write(Buffer.from([0]));
    },
  },
);
listen(server);
