/** A google.protobuf.Timestamp's fields. */
export interface Time {
  readonly seconds: bigint;
  readonly nanos: number;
}

const earliest = -62_135_596_800n; // 0001-01-01
const latest = 253_402_300_799n; // 9999-12-31
const number = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The time that a JSON number of seconds since 1970 stands for, to the microsecond, finer digits cut. Read from
 * its decimal digits, so that 1789161707.714779 is …714779 µs and not a neighbour of it. Undefined where the
 * text isn't a number or the time is outside the years 1 to 9999.
 */
export function timeOf(text: string): Time | undefined {
  const match = number.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const micros = floor(digits, digits.length - fraction.length + Number(exponent) + 6, sign === '-');
  if (micros === undefined) return undefined;
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (micros - rest) / 1_000_000n;
  return seconds >= earliest && seconds <= latest ? { seconds, nanos: Number(rest) * 1000 } : undefined;
}

/** The whole part of 0.DIGITS × 10^point, rounded down; undefined where it is far too large. */
function floor(digits: string, point: number, negative: boolean): bigint | undefined {
  if (digits === '') return 0n;
  if (point > 20) return undefined;
  const whole = BigInt(digits.slice(0, Math.max(0, point)).padEnd(Math.max(0, point), '0'));
  if (!negative) return whole;
  return /[1-9]/.test(digits.slice(Math.max(0, point))) ? -whole - 1n : -whole;
}
