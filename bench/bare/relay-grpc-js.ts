import { create } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import { PushMessagesResponseSchema, QueueService } from '#gen/trackside/v1/queue_service_pb.js';
import { listen } from './listen.js';
import { serve } from './serve.js';
import { messageId, Waiting } from './waiting.js';

const waiting = new Waiting();
const server = new Server();
serve(server, QueueService.method.popMessage, ({ queueId }, answer) => waiting.add(queueId, answer));
serve(server, QueueService.method.pushMessages, ({ queueId, messages }, answer) => {
  waiting.pass(queueId, messages[0]!.value!);
  answer(create(PushMessagesResponseSchema, { results: [{ messageId }] }));
});
listen(server);
