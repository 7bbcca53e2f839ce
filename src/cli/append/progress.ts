import { CommandError } from '../exit.js';
import type { Tally } from './deliver.js';

/** How far an append has come. */
export interface Progress extends Tally {
  conversations: number;
  /** How much of the total is done, in its unit. */
  done: number;
}

const barWidth = 16;

/** `12 conversations, 340 events stored, 0 already there`. */
export function describe({ conversations, stored, alreadyThere }: Progress): string {
  return `${plural(conversations, 'conversation')}, ${plural(stored, 'event')} stored, ${alreadyThere} already there`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The last line: all counts, the time and the rate. */
export function summarise(progress: Progress, seconds: number): string {
  const rate = Math.round((progress.stored + progress.alreadyThere) / Math.max(seconds, 0.001));
  return `${describe(progress)}, in ${seconds.toFixed(1)} s (${rate} events/s)`;
}

/** The bar on a terminal; without a known total, the counts alone. */
export function bar(progress: Progress, total: number | undefined): string {
  if (!total) return describe(progress);
  const part = Math.min(1, progress.done / total);
  const full = Math.round(part * barWidth);
  const percent = `${Math.floor(part * 100)} %`.padStart(5);
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${percent}  ${describe(progress)}`;
}

/** Shows progress until the function it returns is called: a bar on a terminal, now and then a line otherwise. */
export function showProgress(
  progress: Progress,
  total: number | undefined,
  stream: NodeJS.WriteStream,
): () => void {
  const draw = () =>
    stream.isTTY
      ? stream.write(`\r\x1b[K${bar(progress, total).slice(0, (stream.columns ?? 80) - 1)}`)
      : stream.write(`${describe(progress)}\n`);
  const timer = setInterval(draw, stream.isTTY ? 100 : 2000);
  return () => {
    clearInterval(timer);
    if (stream.isTTY) stream.write('\r\x1b[K');
  };
}

/** An error for the user, with how far it has come and what to do. */
export function stopped(error: unknown, progress: Progress): unknown {
  if (!(error instanceof CommandError)) return error;
  const advice = 'repeat the command to go on: nothing is stored twice';
  return new CommandError(`${error.message}\nstopped after ${describe(progress)}; ${advice}`, error.exitCode);
}
