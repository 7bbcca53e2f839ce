import { definitionOf } from '@trackside/client';
import { createServer } from 'nice-grpc';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { reply } from './reply.js';

const { appendEvents } = definitionOf(TrackerService);
const server = createServer();
server.add({ appendEvents }, { appendEvents: async (request) => reply(request as never) });
const port = await server.listen('127.0.0.1:0');
console.log(JSON.stringify({ addresses: [`127.0.0.1:${port}`] }));
