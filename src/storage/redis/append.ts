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
  readonly partition: number;
  readonly args: readonly (string | number)[];
  readonly bytes: number;
}

/**
 * Called before appends are sent; what it answers is called behind their answers. That waits for as much as is asked
 * for, and tells how safe they are now in each of some partitions.
 */
export type Settling = () => (partitions: readonly number[]) => Promise<readonly Durability[]>;

/** Appends in array order within each partition, some at a time; partitions go side by side. */
export function appender(
  runner: PartitionRunner,
  partitions: number,
  settling: Settling,
  hints: Pick<Hints, 'tell'>,
) {
  /** Answers whether there is anything to wait for. */
  async function appendAll(partition: number, all: Encoded[], answers: string[]): Promise<boolean> {
    let isWritten = false;
    while (all.length > 0) {
      const some = all.splice(0, countOf(all));
      const args = some.flatMap((one) => one.args);
      const told = await runner.run<readonly string[]>(partition, scripts.append, args);
      if (told.some((answer) => answer.startsWith('stored'))) hints.tell(partition);
      for (const [i, { index }] of some.entries()) {
        answers[index] = told[i]!;
        isWritten ||= !isRefused(told[i]!);
      }
    }
    return isWritten;
  }

  return async (appends: readonly NewAppend[]): Promise<readonly AppendOutcome[]> => {
    const encoded = appends.map((append, index) => encode(append, index, partitions));
    const byPartition = new Map<number, Encoded[]>();
    for (const one of encoded) {
      const others = byPartition.get(one.partition);
      if (others) others.push(one);
      else byPartition.set(one.partition, [one]);
    }
    const settle = settling();
    const answers: string[] = new Array(appends.length);
    const written: number[] = [];
    const all = [...byPartition].map(async ([partition, some]) => {
      if (await appendAll(partition, some, answers)) written.push(partition);
    });
    // All of them are waited for, so that nothing is under way when the call has ended.
    for (const settled of await Promise.allSettled(all)) {
      if (settled.status === 'rejected') throw settled.reason;
    }
    const levels = await settle(written);
    const levelOf = new Map(written.map((partition, i) => [partition, levels[i]!]));
    return encoded.map(({ index, partition }) =>
      outcomeOf(answers[index]!, partition, levelOf.get(partition) ?? 'volatile'),
    );
  };
}

/** Whether nothing is in the store by it. */
function isRefused(answer: string): boolean {
  return answer.startsWith('conflict') || answer.startsWith('fence_stale');
}

function encode(append: NewAppend, index: number, partitions: number): Encoded {
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
  return { index, partition: partitionOf(conversationId, partitions), args, bytes };
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
