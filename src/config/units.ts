const byteUnits = { GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024, B: 1 } as const;
const durationUnits = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** A size as it is written: a number of bytes, with or without a unit. */
export const bytesPattern = /^(\d+)\s*(B|KiB|MiB|GiB)?$/;

/** A duration as it is written: a number with its unit. */
export const durationPattern = /^(\d+)\s*(ms|s|m|h)$/;

/** Reads `512`, `64KiB`, `16MiB`. The text matches `bytesPattern`. */
export function parseBytes(text: string): number {
  const [, digits, unit = 'B'] = bytesPattern.exec(text) ?? [];
  return Number(digits) * byteUnits[unit as keyof typeof byteUnits];
}

/** Reads `500ms`, `10s`, `5m`, `1h` into milliseconds. The text matches `durationPattern`. */
export function parseDuration(text: string): number {
  const [, digits, unit] = durationPattern.exec(text) ?? [];
  return Number(digits) * durationUnits[unit as keyof typeof durationUnits];
}

/** The size in the largest unit that leaves no fraction. */
export function formatBytes(bytes: number): string {
  return bytes === 0 ? '0' : format(bytes, byteUnits).replace(/(?<=\d)B$/, '');
}

/** Milliseconds in the largest unit that leaves no fraction. */
export function formatDuration(ms: number): string {
  return ms === 0 ? '0s' : format(ms, durationUnits);
}

function format(value: number, units: Readonly<Record<string, number>>): string {
  const [unit, size] = Object.entries(units).find(([, size]) => value % size === 0)!;
  return `${value / size}${unit}`;
}
