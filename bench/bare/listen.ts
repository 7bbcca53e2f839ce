import { type Server, ServerCredentials } from '@grpc/grpc-js';

/** Serves on a free port and says where, as Trackside's first log line does. */
export function listen(server: Server): void {
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log(JSON.stringify({ addresses: [`127.0.0.1:${port}`] }));
  });
}
