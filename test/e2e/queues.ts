import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { QueueClient } from '@trackside/client';
import type {
  ConsumeMessagesRequestSchema,
  ConsumeMessagesResponse,
  Delivery,
  Message,
} from '#gen/trackside/v1/queue_service_pb.js';
import { json } from './keyed.js';
import { type SidecarOptions, startSidecar, temporaryFolder } from './sidecar.js';

export type Queues = Awaited<ReturnType<typeof startQueues>>;

/** The engines that a sidecar's tests run on. */
export const engines = ['memory', 'sqlite'] as const;

/** A sidecar with clients of its queues and its locks. */
export async function startQueues(options: SidecarOptions = {}) {
  const sidecar = await startSidecar(options);
  const { queue, lock } = sidecar.connection;
  return { sidecar, queue, lock };
}

/** A store of the test's own on an engine. */
export async function storageOn(engine: (typeof engines)[number]): Promise<string> {
  return engine === 'memory' ? 'memory:' : `sqlite:${join(await temporaryFolder(), 'q.db')}`;
}

interface More {
  readonly groupId?: string;
  readonly dedupId?: string;
  readonly maxAttempts?: number;
}

/** Pushes messages of one number each; their ids. */
export async function push(
  queue: QueueClient,
  queueId: string,
  numbers: readonly number[],
  more: More = {},
): Promise<string[]> {
  const messages = numbers.map((number) => ({ value: json(`${number}`), ...more }));
  const { results } = await queue.pushMessages({ queueId, messages });
  return results.map(({ messageId }) => messageId);
}

/** The number of a message. */
export function numberOf(message: Message | undefined): number {
  return Number(message!.value!.kind.value);
}

/** The numbers of claimed messages. */
export function numbersOf(deliveries: readonly Delivery[]): number[] {
  return deliveries.map(({ message }) => numberOf(message));
}

/** Claims without waiting. */
export async function claim(queue: QueueClient, queueId: string, maxMessages = 1_000): Promise<Delivery[]> {
  return (await queue.claimMessages({ queueId, maxMessages })).deliveries;
}

/** What a queue has. */
export async function countsOf(queue: QueueClient, queueId: string) {
  const { ready, inFlight, delayed, parked } = (await queue.getQueue({ queueId })).queue!;
  return [ready, inFlight, delayed, parked].map(Number);
}

type FrameInit = NonNullable<MessageInitShape<typeof ConsumeMessagesRequestSchema>['frame']>;
export type ConsumerItem = Exclude<ConsumeMessagesResponse['item'], { case: undefined }>;

/** A consumer's stream that a test writes and reads item by item. */
export class ConsumerStream {
  readonly #items: AsyncIterator<ConsumeMessagesResponse>;
  readonly #aborter = new AbortController();
  readonly #frames: FrameInit[] = [];
  #more: () => void = () => {};
  #closed = false;

  constructor(queue: QueueClient, ...frames: readonly FrameInit[]) {
    const { signal } = this.#aborter;
    this.#items = queue.consumeMessages(this.#requests(), { signal })[Symbol.asyncIterator]();
    for (const frame of frames) this.send(frame);
  }

  send(frame: FrameInit): void {
    this.#frames.push(frame);
    this.#more();
  }

  /** Says that no more frames come. */
  close(): void {
    this.#closed = true;
    this.#more();
  }

  /** The next item; undefined at the stream's end. */
  async next(): Promise<ConsumerItem | undefined> {
    const { value, done } = await this.#items.next();
    return done ? undefined : ((value as ConsumeMessagesResponse).item as ConsumerItem);
  }

  /** The next item, of a kind; fails where it is another. */
  async expect<Case extends ConsumerItem['case']>(
    kind: Case,
  ): Promise<Extract<ConsumerItem, { case: Case }>['value']> {
    const item = await this.next();
    if (item?.case !== kind) throw new Error(`not ${kind}: ${item?.case ?? 'the end'}`);
    return item.value as never;
  }

  /** Reads that many deliveries, and nothing else. */
  async deliveries(count: number): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    while (deliveries.length < count) deliveries.push(...(await this.expect('deliveries')).deliveries);
    return deliveries;
  }

  /** Vanishes. */
  cancel(): void {
    this.#aborter.abort();
    this.#items.next().catch(() => {});
  }

  async *#requests() {
    for (;;) {
      for (const frame of this.#frames.splice(0)) yield { frame };
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#more = resolve;
      });
    }
  }
}

/** The first frame of a stream. */
export function begin(queueId: string, credits = 0, more: { readonly owner?: string } = {}): FrameInit {
  return { case: 'begin', value: { queueId, credits, ...more } };
}
