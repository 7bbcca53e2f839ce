import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { WireConnection } from '../load/wire.js';
import { acquiredFence, acquireRequest, lockPath, releaseRequest } from '../lock-messages.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { startTrackside } from '../server-process.js';

const rounds = 25;
const workers = 10;
const workMs = 10;

/** Ten who queue for one lock and work 10 ms each: from their asking to the last one's having let go. */
export async function tenWorkers(): Promise<Figure[]> {
  const servers = { memory: await startTrackside('memory'), sqlite: await startTrackside('sqlite') };
  try {
    const results = await alternate(rounds, {
      memory: await shift(servers.memory.address),
      sqlite: await shift(servers.sqlite.address),
    });
    return (['memory', 'sqlite'] as const).map((engine) => {
      const times = results.map((result) => result[engine]);
      return figure(`ten-workers.${engine}`, 'ms', times, { atMost: 150 });
    });
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}

async function shift(address: string): Promise<() => Promise<number>> {
  const acquires = await WireConnection.open(address, lockPath('AcquireLock'));
  const releases = await WireConnection.open(address, lockPath('ReleaseLock'));
  const work = async () => {
    const fence = acquiredFence(await acquires.unary(acquireRequest('bench')));
    await sleep(workMs);
    await releases.unary(releaseRequest('bench', fence));
  };
  return async () => {
    const start = performance.now();
    await Promise.all(Array.from({ length: workers }, work));
    return performance.now() - start;
  };
}
