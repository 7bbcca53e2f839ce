import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import {
  type AppendEventsRequest,
  AppendEventsRequestSchema,
  type AppendEventsResponse,
  AppendEventsResponseSchema,
} from '#gen/trackside/v1/tracker_service_pb.js';
import { path } from '../messages.js';
import { listen } from './listen.js';
import { reply } from './reply.js';

const server = new Server();
server.addService(
  {
    appendEvents: {
      path: path('AppendEvents'),
      requestStream: false,
      responseStream: false,
      requestSerialize: (request: AppendEventsRequest) =>
        Buffer.from(toBinary(AppendEventsRequestSchema, request)),
      requestDeserialize: (bytes) => fromBinary(AppendEventsRequestSchema, bytes),
      responseSerialize: (response: AppendEventsResponse) => {
        const { buffer, byteOffset, byteLength } = toBinary(AppendEventsResponseSchema, response);
        return Buffer.from(buffer, byteOffset, byteLength);
      },
      responseDeserialize: (bytes) => fromBinary(AppendEventsResponseSchema, bytes),
    },
  },
  {
    appendEvents: (
      call: ServerUnaryCall<AppendEventsRequest, AppendEventsResponse>,
      respond: sendUnaryData<AppendEventsResponse>,
    ) => respond(null, reply(call.request)),
  },
);
listen(server);
