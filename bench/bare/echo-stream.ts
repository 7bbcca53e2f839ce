import { Server, type ServerDuplexStream } from '@grpc/grpc-js';
import { pipelinePath } from '../messages.js';
import { listen } from './listen.js';

const bytes = (value: Buffer) => value;

/** A stream that answers each message with itself, undecoded. */
const server = new Server();
server.addService(
  {
    pipeline: {
      path: pipelinePath,
      requestStream: true,
      responseStream: true,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  },
  {
    pipeline: (call: ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (message: Buffer) => call.write(message));
      call.on('end', () => call.end());
    },
  },
);
listen(server);
