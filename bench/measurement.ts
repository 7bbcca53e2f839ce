import { type Load, pace, saturate } from './load/drive.js';
import { cpuMicros } from './process-usage.js';
import type { ServerProcess } from './server-process.js';

/** What one call cost. */
export interface Cost {
  /** CPU time of the server's process. */
  readonly serverMicros: number;
  /** CPU time of the load generator's. */
  readonly clientMicros: number;
  readonly callsPerSecond: number;
}

/** How a server is called: as fast as 16 calls in flight go, or 1,000 times a second. */
export const ways = {
  full: (call: () => Promise<unknown>) => saturate(call, 16, 1_000),
  paced: (call: () => Promise<unknown>) => pace(call, 1_000, 2_000),
} as const;

/** Loads a server and reads what it cost from the operating system. */
export async function costOf({ pid }: ServerProcess, load: () => Promise<Load>): Promise<Cost> {
  const before = { server: cpuMicros(pid), client: cpuMicros(process.pid) };
  const { calls, seconds } = await load();
  return {
    serverMicros: (cpuMicros(pid) - before.server) / calls,
    clientMicros: (cpuMicros(process.pid) - before.client) / calls,
    callsPerSecond: calls / seconds,
  };
}
