import { setTimeout as sleep } from 'node:timers/promises';
import type { Sidecar } from './sidecar.js';

/** What lets `heapOf` look into a sidecar: for its environment. */
export const heapProbe = { NODE_OPTIONS: `--import ${new URL('./heap-probe.js', import.meta.url).href}` };

/** How many calls that come and go are to leave nothing behind; `TRACKSIDE_CROWD=100000` for a thorough look. */
export const crowd = Number(process.env.TRACKSIDE_CROWD ?? 10_000);

/** The bytes of a sidecar's heap that are in use. */
export async function heapOf(sidecar: Sidecar): Promise<number> {
  const told = sidecar.lines.length;
  process.kill(sidecar.pid, 'SIGUSR2');
  for (;;) {
    for (const line of sidecar.lines.slice(told)) {
      const { heapBytes } = JSON.parse(line) as { heapBytes?: number };
      if (heapBytes !== undefined) return heapBytes;
    }
    await sleep(5);
  }
}
