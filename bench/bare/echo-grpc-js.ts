import { create } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import { CacheService, SetEntryResponseSchema } from '#gen/trackside/v1/cache_service_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { sampleEntry } from '../messages.js';
import { listen } from './listen.js';
import { reply } from './reply.js';
import { serve } from './serve.js';

const written = create(SetEntryResponseSchema, { written: true });
const server = new Server();
serve(server, TrackerService.method.appendEvents, (request, answer) => answer(reply(request)));
serve(server, CacheService.method.getEntry, (_, answer) => answer(sampleEntry));
serve(server, CacheService.method.setEntry, (_, answer) => answer(written));
listen(server);
