import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import { Redis } from 'ioredis';
import {
  PushMessagesRequestSchema,
  PushMessagesResponseSchema,
  QueueService,
} from '#gen/trackside/v1/queue_service_pb.js';
import { listen } from './listen.js';
import { serve } from './serve.js';
import { messageId, Waiting } from './waiting.js';

/** One of two servers between which the Redis server whose port is the argument relays what is pushed. */
const port = Number(process.argv[2]);
const [publisher, subscriber] = [new Redis(port), new Redis(port)];
const channel = 'bare:pushed';
const waiting = new Waiting();
subscriber.on('messageBuffer', (_: Buffer, bytes: Buffer) => {
  const { queueId, messages } = fromBinary(PushMessagesRequestSchema, bytes);
  waiting.pass(queueId, messages[0]!.value!);
});
await subscriber.subscribe(channel);

const server = new Server();
serve(server, QueueService.method.popMessage, ({ queueId }, answer) => waiting.add(queueId, answer));
serve(server, QueueService.method.pushMessages, async (request, answer) => {
  await publisher.publish(channel, Buffer.from(toBinary(PushMessagesRequestSchema, request)));
  answer(create(PushMessagesResponseSchema, { results: [{ messageId }] }));
});
listen(server);
