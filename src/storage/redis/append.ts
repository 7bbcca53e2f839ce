import { boundaryOf } from '../boundary.js';
import { partitionOf } from '../partition.js';
import type { AppendOutcome, Boundary, Durability, NewAppend, NewEvent } from '../ports/tracker.js';
import { eventLine } from './codec.js';
import type { Hints } from './hints.js';
import type { PartitionRunner } from './partitions.js';
import { scripts } from './scripts.js';

/** The most of one script, so that it does not hold the server up for long. */
const maxScript = { appends: 64, bytes: 1 << 20 };

interface Encoded {
  readonly index: number;
  readonly args: readonly (string | number)[];
  readonly bytes: number;
}

/** Appends in array order within each partition, some at a time; partitions go side by side. */
export function appender(
  runner: PartitionRunner,
  partitions: number,
  durability: { level(): Durability },
  hints: Pick<Hints, 'tell'>,
) {
  async function appendAll(partition: number, all: Encoded[], outcomes: AppendOutcome[]): Promise<void> {
    while (all.length > 0) {
      const some = all.splice(0, countOf(all));
      const args = some.flatMap((one) => one.args);
      const answers = await runner.run<readonly string[]>(partition, scripts.append, args);
      if (answers.some((answer) => answer.startsWith('stored'))) hints.tell(partition);
      for (const [i, { index }] of some.entries()) {
        outcomes[index] = outcomeOf(answers[i]!, partition, durability.level());
      }
    }
  }

  return async (appends: readonly NewAppend[]): Promise<readonly AppendOutcome[]> => {
    const byPartition = new Map<number, Encoded[]>();
    for (const [index, append] of appends.entries()) {
      const partition = partitionOf(append.conversationId, partitions);
      const encoded = encode(append, index);
      const others = byPartition.get(partition);
      if (others) others.push(encoded);
      else byPartition.set(partition, [encoded]);
    }
    const outcomes: AppendOutcome[] = new Array(appends.length);
    const all = [...byPartition].map(([partition, some]) => appendAll(partition, some, outcomes));
    // All of them are waited for, so that nothing is under way when the call has ended.
    for (const settled of await Promise.allSettled(all)) {
      if (settled.status === 'rejected') throw settled.reason;
    }
    return outcomes;
  };
}

function encode(append: NewAppend, index: number): Encoded {
  const { conversationId, appendId, digest, expectation, fence, events } = append;
  const args = [
    conversationId,
    appendId,
    digest,
    expectation,
    fence ?? '',
    lastBeginning(events, 'action_session_start'),
    lastBeginning(events, 'session_started'),
    events.length,
  ];
  let bytes = 0;
  for (const event of events) {
    const line = eventLine(event);
    args.push(line, event.data);
    bytes += line.length + event.data.length;
  }
  return { index, args, bytes };
}

/** Which event is the last to begin a session, from 1 on; 0 for none. */
function lastBeginning(events: readonly NewEvent[], boundary: Boundary): number {
  return events.findLastIndex((event) => boundaryOf(event) === boundary) + 1;
}

function countOf(waiting: readonly Encoded[]): number {
  let [bytes, count] = [0, 0];
  for (const one of waiting) {
    bytes += one.bytes;
    if (count > 0 && (bytes > maxScript.bytes || count === maxScript.appends)) break;
    count += 1;
  }
  return count;
}

function outcomeOf(answer: string, partition: number, durability: Durability): AppendOutcome {
  const [status, ...words] = answer.split(' ') as [AppendOutcome['status'], ...string[]];
  const [first, second, third, fourth, fifth] = words.map(Number) as [number, number, number, number, number];
  if (status === 'fence_stale') return { status, highestFence: first };
  if (status === 'conflict') return { status, lastSequence: first, exists: second === 1 };
  const result = {
    partition,
    firstPosition: first,
    lastPosition: second,
    firstSequence: third,
    lastSequence: fourth,
    storeTime: fifth,
    durability,
  };
  return { status, result };
}
