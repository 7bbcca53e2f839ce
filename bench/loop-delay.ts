import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late a process's event loop was, in milliseconds. */
export interface LoopDelay {
  readonly p99: number;
  readonly max: number;
}

const resolutionMs = 1;

/**
 * Loaded into a server before its own code (`node --import`), this answers its parent's message with what the
 * event loop was late by since the last one, and ends the server when the parent is gone.
 */
function answerParent(): void {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  process.on('message', () => {
    // The histogram holds the time between two ticks of a timer.
    const late = (nanos: number) => Math.max(nanos / 1e6 - resolutionMs, 0);
    const delay: LoopDelay = { p99: late(histogram.percentile(99)), max: late(histogram.max) };
    histogram.reset();
    process.send!(delay);
  });
  process.on('disconnect', () => process.exit());
  process.channel!.unref();
}

if (process.send) answerParent();
