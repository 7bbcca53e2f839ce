import { type Load, pace, saturate } from './load/drive.js';
import { cpuMicros } from './process-usage.js';
import type { ServerProcess } from './server-process.js';

/** What one call cost. */
export interface Cost {
  /** CPU time of the server's process. */
  readonly serverMicros: number;
  /** CPU time of the load generator's. */
  readonly clientMicros: number;
  /** CPU time of the process that the server keeps its data in; 0 where it has none. */
  readonly storeMicros: number;
  readonly callsPerSecond: number;
}

/** How a server is called: as fast as 16 calls in flight go, or 1,000 times a second. */
export const ways = {
  full: (call: () => Promise<unknown>) => saturate(call, 16, 1_000),
  paced: (call: () => Promise<unknown>) => pace(call, 1_000, 2_000),
} as const;

/** Loads a server and reads what it cost from the operating system. */
export async function costOf(
  server: Pick<ServerProcess, 'pid'>,
  load: () => Promise<Load>,
  store?: { readonly pid: number },
): Promise<Cost> {
  const read = () => ({
    server: cpuMicros(server.pid),
    client: cpuMicros(process.pid),
    store: store ? cpuMicros(store.pid) : 0,
  });
  const before = read();
  const { calls, seconds } = await load();
  const after = read();
  return {
    serverMicros: (after.server - before.server) / calls,
    clientMicros: (after.client - before.client) / calls,
    storeMicros: (after.store - before.store) / calls,
    callsPerSecond: calls / seconds,
  };
}
