import type { Micros } from '#src/storage/ports/common.js';

/**
 * What was seen of a lock from outside, through the ports or over gRPC, in the order in which it took effect; over
 * gRPC in the order in which clients knew. `until` is how long a ticket surely lives unless it is kept or ended.
 */
export type LockSeen = { readonly lockId: string; readonly at: Micros } & (
  | {
      readonly what: 'queued';
      readonly ticket: number;
      readonly until: Micros;
      /** Undefined where others came and went meanwhile. */
      readonly ahead: number | undefined;
    }
  | {
      readonly what: 'granted';
      readonly ticket: number;
      readonly fence: number;
      readonly partition: number;
      readonly grantTime: Micros;
      readonly until: Micros;
    }
  | { readonly what: 'kept'; readonly ticket: number; readonly until: Micros }
  /** Released, left, deleted, run out. */
  | { readonly what: 'gone'; readonly ticket: number }
  /** Who has the lock, and how many wait. */
  | { readonly what: 'shown'; readonly fence: number | undefined; readonly waiting: number }
);

export type Granted = Extract<LockSeen, { what: 'granted' }>;

/** A lock's line as far as it was seen. */
export class SeenLine {
  /** Those that wait, until when at least. */
  readonly waiting = new Map<number, Micros>();
  holding: Granted | undefined;

  /** Takes note of the next thing that was seen. */
  note(seen: LockSeen): void {
    if (seen.what === 'queued') this.waiting.set(seen.ticket, seen.until);
    if (seen.what === 'granted') {
      this.waiting.delete(seen.ticket);
      this.holding = seen;
    }
    if (seen.what === 'gone') {
      this.waiting.delete(seen.ticket);
      if (this.holding?.ticket === seen.ticket) this.holding = undefined;
    }
    if (seen.what !== 'kept') return;
    if (this.waiting.has(seen.ticket)) this.waiting.set(seen.ticket, seen.until);
    if (this.holding?.ticket === seen.ticket) this.holding = { ...this.holding, until: seen.until };
  }

  /** The holding that surely lasts. */
  holdingAt(now: Micros): Granted | undefined {
    return this.holding && this.holding.until > now ? this.holding : undefined;
  }

  /** The tickets that surely wait. */
  waitingAt(now: Micros): number[] {
    return [...this.waiting].filter(([, until]) => until > now).map(([ticket]) => ticket);
  }
}

/** Goes through what was seen, with the line as it was seen before each thing. */
export function replayLines(
  seen: readonly LockSeen[],
  look: (one: LockSeen, line: SeenLine, lines: ReadonlyMap<string, SeenLine>) => void,
): ReadonlyMap<string, SeenLine> {
  const lines = new Map<string, SeenLine>();
  for (const one of seen) {
    const line = lines.get(one.lockId) ?? new SeenLine();
    lines.set(one.lockId, line);
    look(one, line, lines);
    line.note(one);
  }
  return lines;
}
