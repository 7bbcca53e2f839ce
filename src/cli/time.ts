import { type Duration, durationFromMs, durationMs, type Timestamp } from '@bufbuild/protobuf/wkt';

/** A time in UTC with milliseconds; nothing for none. */
export function timeText(time: Timestamp | undefined): string {
  return time ? new Date(Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6)).toISOString() : '';
}

/** A span roughly, in its largest unit: `5s`, `3m`, `12d`; nothing for none. */
export function spanText(span: Duration | undefined): string {
  if (!span) return '';
  const seconds = Math.floor(durationMs(span) / 1000);
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? ['s', 1];
  return `${Math.floor(seconds / size)}${unit}`;
}

const units: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
];

/** Milliseconds as the API takes them; undefined as undefined. */
export function durationOf(ms: number | undefined): Duration | undefined {
  return ms === undefined ? undefined : durationFromMs(ms);
}
