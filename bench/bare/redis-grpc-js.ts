import { create } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import { Redis } from 'ioredis';
import {
  CacheService,
  GetEntryResponseSchema,
  SetEntryResponseSchema,
} from '#gen/trackside/v1/cache_service_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { listen } from './listen.js';
import { reply } from './reply.js';
import { serve } from './serve.js';

/** What answers a call with one command of the Redis server whose port is the argument. */
const redis = new Redis(Number(process.argv[2]));
const store = "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) return ARGV[1]";
const digest = (await redis.script('LOAD', store)) as string;
const written = create(SetEntryResponseSchema, { written: true });

const server = new Server();
serve(server, TrackerService.method.appendEvents, async (request, answer) => {
  const { conversationId, appendId, events } = request;
  await redis.evalsha(digest, 1, `bare:${conversationId}`, appendId, events[0]!.data);
  answer(reply(request));
});
serve(server, CacheService.method.getEntry, async ({ key }, answer) => {
  const json = (await redis.get(`bare:${key}`))!;
  answer(create(GetEntryResponseSchema, { entry: { value: { kind: { case: 'json', value: json } } } }));
});
serve(server, CacheService.method.setEntry, async ({ key, value }, answer) => {
  await redis.set(`bare:${key}`, value!.kind.value as string);
  answer(written);
});
listen(server);
