import { Budget } from '../budget.js';
import { Group } from '../group.js';
import type { Micros } from '../ports/common.js';
import type { Timed } from './protocol.js';

/** The most of one service that may wait to be written. */
const maxPendingBytes = 64 << 20;

/** Commits together what a service has the write thread write. */
export function groupOf<Write, Outcome>(
  commit: (writes: readonly Write[]) => Promise<readonly Outcome[]>,
): Group<Write, Outcome> {
  return new Group({ commit, budget: new Budget('sqlite.pending_write_bytes', maxPendingBytes) });
}

/** The `write` of a keyed store: each write takes the time of its call along. */
export function keyedWrite<Write, Outcome>(
  commit: (writes: readonly Timed<Write>[]) => Promise<readonly Outcome[]>,
  sizeOf: (write: Write) => number,
): (writes: readonly Write[], now: Micros) => Promise<readonly Outcome[]> {
  const group = groupOf(commit);
  return (writes, now) => {
    const bytes = writes.reduce((sum, write) => sum + sizeOf(write), 0);
    const timed = writes.map((write) => ({ write, now }));
    return group.write(timed, bytes);
  };
}
