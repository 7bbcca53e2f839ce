import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  ConsumeMessagesRequest,
  ConsumeMessagesRequest_Begin,
  ConsumeMessagesResponseSchema,
} from '#gen/trackside/v1/queue_service_pb.js';
import { invalid, tooMany } from '../../errors.js';
import { type Consumer, type ConsumerOptions, maxCredits, type Told } from '../../queue/consumer.js';
import { steadyNow } from '../../storage/clock.js';
import { formatReceipt } from '../../storage/receipt.js';
import { checkText } from '../check.js';
import { toDuration } from '../codec.js';
import type { Call } from '../define.js';
import { mapItems } from '../map-items.js';
import { Outbox } from '../outbox.js';
import { checkKey } from '../values.js';
import type { QueueContext } from './context.js';
import { frameBytes, toClaimEnd, toDelivery, toSpan } from './messages.js';
import { ack, type ExtendOutcome, extend, nack } from './settle.js';
import { checkLease } from './spans.js';

/** A delivery ends where it would grow beyond it, so that a client that doesn't read holds little memory. */
const deliveryBytes = 256 << 10;
const maxDelivered = 100;
/** The most credits of a frame. */
const maxGranted = 1_000;
/** How many frames may wait for their answers. */
const maxUnanswered = 32;

type Response = MessageInitShape<typeof ConsumeMessagesResponseSchema>;
type Item = NonNullable<Response['item']>;
type Frame = ConsumeMessagesRequest['frame'];
type Extended = Extract<Item, { case: 'extend' }>['value'];

/** What is on its way to the client: what the consumer tells, or an item. */
type Outgoing = Told | { readonly kind: 'item'; readonly item: Item };

export function consumeMessages(context: QueueContext) {
  const { consumers } = context.limits;
  let open = 0;
  return (requests: AsyncIterable<ConsumeMessagesRequest>, { signal }: Call): AsyncIterable<Response> => {
    if (open >= consumers) throw tooMany('consumers are there', 'consumers', consumers);
    open += 1;
    const outbox = new Outbox<Outgoing>();
    const stream = new ConsumerStream(context, outbox);
    signal.addEventListener('abort', () => void outbox.return());
    void stream.run(requests);
    return mapItems(
      outbox,
      (outgoing) => ({ item: toItem(outgoing) }),
      () => {
        open -= 1;
        stream.stop();
      },
    );
  };
}

/** Carries out the frames of one stream, in their order. */
class ConsumerStream {
  readonly #context: QueueContext;
  readonly #outbox: Outbox<Outgoing>;
  /** Unanswered frames, the first first; each resolves when its answer was taken, behind those before it. */
  readonly #answers: Promise<unknown>[] = [];
  #lastAnswer: Promise<unknown> = Promise.resolve();
  #consumer: Consumer | undefined;

  constructor(context: QueueContext, outbox: Outbox<Outgoing>) {
    this.#context = context;
    this.#outbox = outbox;
  }

  async run(requests: AsyncIterable<ConsumeMessagesRequest>): Promise<void> {
    try {
      for await (const { frame } of requests) {
        if (!this.#consumer) this.#begin(frame);
        else this.#carryOut(this.#consumer, frame);
        if (this.#answers.length > maxUnanswered) await this.#answers.shift();
      }
      if (!this.#consumer) throw invalid('begin', 'is required, as the first frame');
      this.stop();
      await this.#lastAnswer;
      this.#outbox.end();
    } catch (error) {
      this.stop();
      await this.#lastAnswer.catch(() => {});
      this.#outbox.end(error);
    }
  }

  stop(): void {
    this.#consumer?.stop();
  }

  #begin(frame: Frame): void {
    if (frame.case !== 'begin') throw invalid('begin', 'is required, as the first frame');
    const options = toOptions(frame.value, this.#context);
    const credits = checkCredits('begin.credits', frame.value.credits, 0);
    this.#consumer = this.#context.desk.consume(options, {
      tell: (told) => this.#outbox.put(told),
      fail: (error) => this.#outbox.end(error),
    });
    this.#lastAnswer = this.#put({ case: 'confirmation', value: { lease: toDuration(options.lease) } });
    this.#consumer.grant(credits);
  }

  #carryOut(consumer: Consumer, frame: Frame): void {
    switch (frame.case) {
      case 'credits':
        this.#grant(consumer, checkCredits('credits', frame.value, 1));
        break;
      case 'ack':
        this.#answer(ack(this.#context, frame.value, 'ack.').then((value) => ({ case: 'ack', value })));
        break;
      case 'nack':
        this.#answer(nack(this.#context, frame.value, 'nack.').then((value) => ({ case: 'nack', value })));
        break;
      case 'extend': {
        const { receipt } = frame.value;
        const toAnswer = (outcome: ExtendOutcome): Item => ({
          case: 'extend',
          value: toExtended(receipt, outcome),
        });
        this.#answer(extend(this.#context, frame.value, 'extend.').then(toAnswer));
        break;
      }
      case 'begin':
        throw invalid('begin', 'comes once, as the first frame');
      default:
        throw invalid('frame', 'is required: set credits, ack, nack or extend');
    }
  }

  #grant(consumer: Consumer, credits: number): void {
    const together = consumer.credits + credits;
    if (together > maxCredits) {
      throw invalid('credits', `makes ${together} together; at most ${maxCredits} are allowed, unused ones`);
    }
    consumer.grant(credits);
  }

  #answer(answer: Promise<Item>): void {
    const taken = Promise.all([answer, this.#lastAnswer]).then(([item]) => this.#put(item));
    taken.catch((error) => this.#outbox.end(error));
    this.#lastAnswer = taken;
    this.#answers.push(taken);
  }

  #put(item: Item): Promise<boolean> {
    return this.#outbox.put({ kind: 'item', item });
  }
}

function toOptions(begin: ConsumeMessagesRequest_Begin, context: QueueContext): ConsumerOptions {
  const { limits } = context;
  return {
    queueId: checkKey('begin.queue_id', begin.queueId, limits),
    lease: checkLease('begin.lease', begin.lease, context),
    owner: checkText('begin.owner', begin.owner, limits.appendIdBytes),
    maxMessages: maxDelivered,
    maxBytes: deliveryBytes - maxDelivered * frameBytes,
  };
}

function checkCredits(field: string, credits: number, min: number): number {
  if (credits < min || credits > maxGranted) {
    throw invalid(field, `is ${credits}; it must be between ${min} and ${maxGranted}`);
  }
  return credits;
}

function toItem(outgoing: Outgoing): Item {
  switch (outgoing.kind) {
    case 'item':
      return outgoing.item;
    case 'deliveries': {
      const now = steadyNow();
      const deliveries = outgoing.deliveries.map((delivery) => toDelivery(delivery, now));
      return { case: 'deliveries', value: { deliveries } };
    }
    case 'interrupted':
      return { case: 'interrupted', value: { receipt: formatReceipt(outgoing.receipt) } };
    case 'ended': {
      const { receipt, ending } = outgoing;
      return { case: 'lost', value: { receipt: formatReceipt(receipt), cause: toClaimEnd(ending) } };
    }
  }
}

function toExtended(receipt: string, outcome: ExtendOutcome): Extended {
  if (outcome.status === 'ended') return { receipt, cause: toClaimEnd(outcome.ending) };
  const { leaseEnd, interrupted } = outcome;
  return { receipt, remaining: toSpan(steadyNow(), leaseEnd), interrupted };
}
