import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { Server } from '@grpc/grpc-js';
import {
  type PopMessageResponse,
  PopMessageResponseSchema,
  PushMessagesResponseSchema,
  QueueService,
} from '#gen/trackside/v1/queue_service_pb.js';
import { listen } from './listen.js';
import { serve } from './serve.js';

/** Who waits, by queue: one at a time, and always there before the next push. */
const waiting = new Map<string, (response: PopMessageResponse) => void>();
const server = new Server();
serve(server, QueueService.method.popMessage, ({ queueId }, answer) => waiting.set(queueId, answer));
serve(server, QueueService.method.pushMessages, ({ queueId, messages }, answer) => {
  const messageId = 'A'.repeat(22);
  const { value } = messages[0]!;
  const message = { messageId, value: value!, pushTime: timestampNow(), attempts: 1 };
  waiting.get(queueId)!(create(PopMessageResponseSchema, { message }));
  answer(create(PushMessagesResponseSchema, { results: [{ messageId }] }));
});
listen(server);
