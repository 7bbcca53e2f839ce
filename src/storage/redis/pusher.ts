import { newMessageId } from '../judge-queue.js';
import { partitionOf } from '../partition.js';
import type { Micros } from '../ports/common.js';
import type { Message, NewMessage, PushOutcome } from '../ports/queue.js';
import { valueBytes } from '../value.js';
import { inShares, toArguments } from './keyed.js';
import type { Lines } from './lines.js';
import { scripts } from './scripts.js';

/** The most that one script takes, so that it does not hold the server up for long. */
const maxScript = { items: 64, bytes: 1 << 20 };

/** A message on its way, under the id that it gets. */
interface Pushed {
  readonly asked: NewMessage;
  readonly id: string;
}

type PushReply = readonly [
  status: 'done' | 'repeated' | 'refused' | 'request_id_reused' | 'elsewhere' | 'void',
  messageId: string,
  partition?: number,
];

/** Whose dedup id it is, and the partition that knows whether it still is. */
interface Twin {
  readonly queueId: string;
  readonly dedupId: string;
  readonly id: string;
  readonly partition: number;
}

/** Pushes messages: one script for many where their queues' partitions are theirs too, else after a reservation. */
export class Pusher {
  readonly #lines: Lines;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  async push(messages: readonly NewMessage[], now: Micros): Promise<readonly PushOutcome[]> {
    const seen = new Set<string>();
    const isLater = messages.map((message) => this.#isReserved(message) && !isNew(seen, message));
    const first = messages.filter((_, i) => !isLater[i]).map((asked) => ({ asked, id: newMessageId() }));
    const outcomes = [...(await this.#pushAll(first, now))];
    const all: PushOutcome[] = [];
    for (const [i, message] of messages.entries()) {
      all.push(isLater[i] ? await this.#pushOne(message, now) : outcomes.shift()!);
    }
    return all;
  }

  async putBack(messages: readonly Message[], now: Micros): Promise<void> {
    await inShares(messages, this.#lines.partitions, homeOf, async (partition, share) => {
      for (const some of chunks(share, (message) => message)) {
        await this.#lines.run(partition, scripts.putBack, some.flatMap(backArguments), now);
      }
      return share;
    });
  }

  /** Frees a dedup id where its message is gone, and not done within the window. True where it did. */
  async free({ queueId, dedupId, id, partition }: Twin, now: Micros): Promise<boolean> {
    const args = [queueId, dedupId, id];
    const [status] = await this.#lines.run<readonly [string]>(partition, scripts.vouch, args, now);
    if (status === 'stands') return false;
    await this.#lines.run(this.#partitionOf(queueId), scripts.forsake, args, now);
    return true;
  }

  async #pushOne(asked: NewMessage, now: Micros): Promise<PushOutcome> {
    const [outcome] = await this.#pushAll([{ asked, id: newMessageId() }], now);
    return outcome!;
  }

  /** Pushes in array order within each partition, after all reservations. */
  async #pushAll(all: readonly Pushed[], now: Micros): Promise<readonly PushOutcome[]> {
    const settled = await Promise.all(all.map((one) => this.#prepare(one, now)));
    const ready = all.filter((_, i) => !settled[i]);
    const answers = [...(await this.#send(ready, now))];
    const outcomes: PushOutcome[] = [];
    for (const [i, { asked }] of all.entries()) {
      outcomes.push(settled[i] ?? (await this.#outcomeOf(asked, answers.shift()!, now)));
    }
    return outcomes;
  }

  #send(all: readonly Pushed[], now: Micros): Promise<readonly PushReply[]> {
    const { partitions } = this.#lines;
    return inShares(
      all,
      partitions,
      ({ asked }) => homeOf(asked),
      async (partition, share) => {
        const answers: PushReply[] = [];
        for (const some of chunks(share, ({ asked }) => asked)) {
          const args = some.flatMap(pushArguments);
          const [replies] = await this.#lines.run<readonly [readonly PushReply[]]>(
            partition,
            scripts.push,
            args,
            now,
          );
          answers.push(...replies);
        }
        return answers;
      },
    );
  }

  async #outcomeOf(asked: NewMessage, [status, id, partition]: PushReply, now: Micros): Promise<PushOutcome> {
    switch (status) {
      case 'done':
      case 'repeated':
        return { status, result: { messageId: id } };
      case 'refused':
        return { status, messageId: id };
      case 'request_id_reused':
        return { status };
      case 'elsewhere': {
        const { queueId, dedupId } = asked;
        const isFree = await this.free({ queueId, dedupId, id, partition: partition! }, now);
        return isFree ? this.#pushOne(asked, now) : { status: 'refused', messageId: id };
      }
      case 'void':
        return this.#pushOne(asked, now);
    }
  }

  /** Reserves the dedup id of a message whose partition isn't its queue's; tells the outcome where it is refused. */
  async #prepare({ asked, id }: Pushed, now: Micros): Promise<PushOutcome | undefined> {
    if (!this.#isReserved(asked)) return undefined;
    const { queueId, dedupId, request } = asked;
    const partition = this.#partitionOf(homeOf(asked));
    if (request) {
      const args = [request.id, request.digest];
      const [prior] = await this.#lines.run<readonly [PushReply | null]>(
        partition,
        scripts.recall,
        args,
        now,
      );
      if (prior) return this.#outcomeOf(asked, prior, now);
    }
    for (;;) {
      const [status, twin, where] = await this.#lines.run<
        readonly ['reserved' | 'refused' | 'elsewhere', string, number]
      >(this.#partitionOf(queueId), scripts.reserve, [queueId, dedupId, id, partition], now);
      if (status === 'reserved') return undefined;
      const isFree =
        status === 'elsewhere' && (await this.free({ queueId, dedupId, id: twin, partition: where }, now));
      if (!isFree) return { status: 'refused', messageId: twin };
    }
  }

  #isReserved(message: NewMessage): boolean {
    if (message.dedupId === '' || message.groupId === '') return false;
    return this.#partitionOf(message.groupId) !== this.#partitionOf(message.queueId);
  }

  #partitionOf(name: string): number {
    return partitionOf(name, this.#lines.partitions);
  }
}

/** Whose partition a message is in. */
function homeOf({ queueId, groupId }: { readonly queueId: string; readonly groupId: string }): string {
  return groupId === '' ? queueId : groupId;
}

/** Whether a dedup id was not seen yet. */
function isNew(seen: Set<string>, { queueId, dedupId }: NewMessage): boolean {
  const { size } = seen;
  return seen.add(`${queueId}\0${dedupId}`).size > size;
}

/** Cuts messages into parts that one script each takes. */
function chunks<Item>(
  all: readonly Item[],
  messageOf: (item: Item) => Pick<Message, 'value'>,
): readonly (readonly Item[])[] {
  const parts: Item[][] = [];
  let bytes = 0;
  for (const item of all) {
    const size = valueBytes(messageOf(item).value);
    const part = parts.at(-1);
    bytes += size;
    if (part && bytes <= maxScript.bytes && part.length < maxScript.items) {
      part.push(item);
    } else {
      parts.push([item]);
      bytes = size;
    }
  }
  return parts;
}

function pushArguments({ asked, id }: Pushed) {
  const { queueId, groupId, dedupId, delay, maxAttempts, request, value } = asked;
  const named = [id, queueId, groupId, dedupId, delay ?? '', maxAttempts, request?.id ?? ''];
  return [...named, request?.digest ?? '', ...toArguments(value)];
}

function backArguments(message: Message) {
  const { messageId, queueId, groupId, dedupId, pushTime, readyTime } = message;
  const { attempts, maxAttempts, place, value } = message;
  const named = [messageId, queueId, groupId, dedupId, pushTime, readyTime ?? ''];
  return [...named, attempts - 1, maxAttempts, place, ...toArguments(value)];
}
