import type { Micros } from '#src/storage/ports/common.js';
import { type Granted, type LockSeen, replayLines, type SeenLine } from './observations.js';

/*
 * One function per promise of the locks, over everything that was seen of them. Each throws an error that begins
 * with the promise's name.
 */

/** Nobody gets a lock whose holding still lives, and nobody else is shown as its holder. */
export function exclusive(seen: readonly LockSeen[]): void {
  replayLines(seen, (one, line) => {
    const holding = line.holdingAt(one.at);
    if (one.what !== 'granted' && one.what !== 'shown') return;
    if (!holding || one.fence === holding.fence) return;
    const who = one.fence === undefined ? 'nobody' : `fence ${one.fence}`;
    fail('Exclusive', `${one.lockId}: ${who} at ${one.at}, fence ${holding.fence} lasts to ${holding.until}`);
  });
}

/** Fences grow from grant to grant of a lock, and in a partition as its clock does; none is given twice. */
export function safe(seen: readonly LockSeen[]): void {
  const byLock = new Map<string, Granted>();
  const byFence = new Map<string, Granted>();
  for (const one of seen) {
    if (one.what !== 'granted') continue;
    const twin = byFence.get(`${one.partition}/${one.fence}`);
    if (twin && (twin.lockId !== one.lockId || twin.ticket !== one.ticket)) {
      fail(
        'Safe',
        `fence ${one.fence} of ${twin.lockId} #${twin.ticket} again for ${one.lockId} #${one.ticket}`,
      );
    }
    const before = byLock.get(one.lockId);
    if (before && !twin && one.fence <= before.fence) {
      fail('Safe', `${one.lockId} got fence ${one.fence} after ${before.fence}`);
    }
    byFence.set(`${one.partition}/${one.fence}`, one);
    byLock.set(one.lockId, one);
  }
  const last = new Map<number, Granted>();
  for (const one of [...byFence.values()].sort((a, b) => a.fence - b.fence)) {
    const before = last.get(one.partition);
    if (before && before.grantTime > one.grantTime) {
      fail('Safe', `${one.lockId} got fence ${one.fence}, above ${before.fence}, which was granted later`);
    }
    last.set(one.partition, one);
  }
}

/** Nobody gets a lock before another who asked earlier and still waits. */
export function fair(seen: readonly LockSeen[]): void {
  replayLines(seen, (one, line) => {
    if (one.what !== 'granted' || line.holding?.fence === one.fence) return;
    const earlier = line.waitingAt(one.at).find((ticket) => ticket < one.ticket);
    if (earlier !== undefined) fail('Fair', `${one.lockId}: #${one.ticket} was granted before #${earlier}`);
  });
}

/** What ends a holding grants the lock to the next who waits, and tells it, within a span. */
export function prompt(seen: readonly LockSeen[], within: Micros = 0): void {
  const due = new Map<string, Micros>();
  const judge = (lockId: string, line: SeenLine, now: Micros) => {
    const deadline = due.get(lockId);
    if (deadline === undefined || deadline >= now) return;
    due.delete(lockId);
    const [next] = line.waitingAt(now);
    if (next !== undefined)
      fail('Prompt', `${lockId}: #${next} was not told by ${deadline} that it is its turn`);
  };
  const lines = replayLines(seen, (one, line, all) => {
    for (const [lockId, other] of all) judge(lockId, other, one.at);
    if (one.what === 'granted') due.delete(one.lockId);
    if (one.what !== 'gone' || line.holding?.ticket !== one.ticket) return;
    if (line.waitingAt(one.at).length > 0) due.set(one.lockId, one.at + within);
  });
  const end = (seen.at(-1)?.at ?? 0) + 1;
  for (const [lockId, line] of lines) judge(lockId, line, end + within);
}

/** Who has run out is counted by nobody: not before those who wait, not as the holder. */
export function selfHealing(seen: readonly LockSeen[]): void {
  replayLines(seen, (one, line) => {
    const live = line.waitingAt(one.at).length + (line.holdingAt(one.at) ? 1 : 0);
    if (one.what === 'queued' && one.ahead !== undefined && !line.waiting.has(one.ticket)) {
      if (one.ahead !== live)
        fail('Self-healing', `${one.lockId}: ${one.ahead} ahead at ${one.at}, ${live} live`);
    }
    if (one.what !== 'shown') return;
    const shown = one.waiting + (one.fence === undefined ? 0 : 1);
    if (shown !== live) fail('Self-healing', `${one.lockId}: ${shown} in line at ${one.at}, ${live} live`);
  });
}

function fail(promise: string, what: string): never {
  throw new Error(`${promise}: ${what}`);
}
