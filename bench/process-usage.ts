import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * The CPU time that a process has taken in user and kernel mode, all its threads together, in microseconds.
 * Linux counts nanoseconds per thread; elsewhere `ps` tells hundredths of a second.
 */
export function cpuMicros(pid: number): number {
  if (process.platform !== 'linux') return psCpuMicros(pid);
  let nanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) nanos += threadNanos(pid, thread);
  return nanos / 1_000;
}

/** The memory that a process holds, in MB. */
export function rssMegabytes(pid: number): number {
  const kilobytes =
    process.platform === 'linux'
      ? /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]
      : execFileSync('ps', ['-o', 'rss=', '-p', `${pid}`], { encoding: 'utf8' });
  return (Number(kilobytes) * 1_024) / 1e6;
}

function threadNanos(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return 0; // The thread has ended meanwhile.
  }
}

/** `[DAYS-][HOURS:]MINUTES:SECONDS` as `ps` prints it. */
function psCpuMicros(pid: number): number {
  const time = execFileSync('ps', ['-o', 'cputime=', '-p', `${pid}`], { encoding: 'utf8' });
  const parts = time.trim().split(/[-:]/).reverse().map(Number);
  const units = [1, 60, 3_600, 86_400];
  return 1e6 * parts.reduce((sum, part, i) => sum + part * units[i]!, 0);
}
