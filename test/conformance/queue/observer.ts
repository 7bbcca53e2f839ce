import type { Micros } from '#src/storage/ports/common.js';
import type {
  ClaimRequest,
  Message,
  MessageState,
  NewMessage,
  QueueStore,
  Settlement,
  SettleOutcome,
} from '#src/storage/ports/queue.js';
import { formatReceipt } from '#src/storage/receipt.js';
import type { LockSeen } from '../lock/observations.js';
import type { QueueSeen, Seen } from './observations.js';

export const states = ['ready', 'delayed', 'in_flight', 'parked'] as const;

/** Does to queues what it is told, and writes down what can be seen of them. */
export class QueueObserver {
  readonly #store: QueueStore;
  readonly #seen: Seen[];

  constructor(store: QueueStore, seen: Seen[]) {
    this.#store = store;
    this.#seen = seen;
  }

  async push(messages: readonly NewMessage[], at: Micros) {
    const outcomes = await this.#store.push(messages, at);
    for (const [i, { queueId, groupId, dedupId, delay, maxAttempts, request }] of messages.entries()) {
      const outcome = outcomes[i]!;
      const requestId = request?.id ?? '';
      if (outcome.status === 'done') {
        const readyTime = at + (delay ?? 0);
        const { messageId } = outcome.result;
        const told = { queueId, messageId, groupId, dedupId, requestId, readyTime, maxAttempts };
        this.#seen.push({ what: 'pushed', ...told, at });
      }
      if (outcome.status === 'repeated') {
        this.#seen.push({ what: 'repeated', queueId, requestId, messageId: outcome.result.messageId, at });
      }
      if (outcome.status === 'refused') {
        this.#seen.push({ what: 'refused', queueId, dedupId, messageId: outcome.messageId, at });
      }
    }
    return outcomes;
  }

  async pop(queueId: string, at: Micros) {
    const outcome = await this.#store.pop(queueId, true, at);
    if (outcome.status !== 'popped') throw new Error(`pop was answered ${outcome.status}`);
    const { message } = outcome;
    if (message) this.#seen.push({ what: 'popped', queueId, messageId: message.messageId, at });
    return message;
  }

  async putBack(message: Message, at: Micros): Promise<void> {
    await this.#store.putBack([message], at);
    const { queueId, messageId } = message;
    this.#seen.push({ what: 'put_back', queueId, messageId, at });
  }

  async claim(request: ClaimRequest, at: Micros) {
    const outcome = await this.#store.claim(request, at);
    if (outcome.status !== 'claimed') throw new Error(`a claim was answered ${outcome.status}`);
    for (const { message, receipt, fence, leaseEnd } of outcome.deliveries) {
      const { queueId, messageId, attempts } = message;
      const told = { queueId, messageId, receipt: formatReceipt(receipt), fence, attempts };
      this.#seen.push({ what: 'delivered', ...told, until: leaseEnd, at });
      if (fence !== undefined) this.#seen.push(holdingOf(message.groupId, fence, leaseEnd, at));
    }
    return outcome.deliveries;
  }

  async settle(settlements: readonly (Settlement & { readonly queueId: string })[], at: Micros) {
    const outcomes = await this.#store.settle(settlements, at);
    for (const [i, one] of settlements.entries()) {
      const outcome = outcomes[i]!;
      this.#seen.push(settled(one.queueId, one, outcome, at));
      const { claim } = one.receipt;
      const held = this.#seen.find((seen) => seen.what === 'granted' && seen.ticket === claim);
      if (outcome.status !== 'extended' || held?.what !== 'granted') continue;
      this.#seen.push({ what: 'kept', lockId: held.lockId, ticket: claim, until: outcome.leaseEnd, at });
    }
    return outcomes;
  }

  /** Reads all of a queue, in pages. */
  async count(queueId: string, at: Micros) {
    const state = await this.#store.get(queueId, at);
    const [listed] = await this.#store.list(queueId, '', 1, at);
    const messages: Record<MessageState, readonly Message[]> = {
      ready: await this.#peek(queueId, 'ready', at),
      delayed: await this.#peek(queueId, 'delayed', at),
      in_flight: await this.#peek(queueId, 'in_flight', at),
      parked: await this.#peek(queueId, 'parked', at),
    };
    const ids = ({ messageId }: Message) => messageId;
    const shown = {
      ready: messages.ready.map(ids),
      delayed: messages.delayed.map(ids),
      in_flight: messages.in_flight.map(ids),
      parked: messages.parked.map(ids),
    };
    const mine = listed?.queueId === queueId ? listed : undefined;
    this.#seen.push({ what: 'counted', queueId, state, listed: mine, shown, at });
    return { state, messages };
  }

  async purge(queueId: string, wanted: readonly MessageState[], limit: number, at: Micros) {
    const gone: Message[] = [];
    for (const state of wanted) gone.push(...(await this.#peek(queueId, state, at)));
    let count = 0;
    for (let after: number | undefined = 0; after !== undefined; ) {
      const step = await this.#store.purge(queueId, wanted, after, limit, at);
      count += step.count;
      after = step.next;
    }
    for (const { messageId } of gone) this.#seen.push({ what: 'purged', queueId, messageId, at });
    return count;
  }

  async replay(queueId: string, ids: readonly string[] | undefined, limit: number, at: Micros) {
    const parked = await this.#peek(queueId, 'parked', at);
    const last = await this.#store.lastPlace();
    let count = 0;
    for (let after: number | undefined = 0; after !== undefined; ) {
      const step = await this.#store.replay(queueId, ids, after, last, limit, at);
      count += step.count;
      after = step.next;
    }
    for (const { messageId } of parked) {
      if (ids?.includes(messageId) ?? true) this.#seen.push({ what: 'replayed', queueId, messageId, at });
    }
    return count;
  }

  async #peek(queueId: string, state: MessageState, at: Micros): Promise<readonly Message[]> {
    const messages: Message[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const query = { queueId, state, after, limit: 2, maxBytes: 1 << 20 };
      const page = await this.#store.peek(query, at);
      messages.push(...page.messages);
      after = page.next;
    }
    return messages;
  }
}

/** The lock that a claim holds. */
function holdingOf(lockId: string, fence: number, until: Micros, at: Micros): LockSeen {
  return { what: 'granted', lockId, ticket: fence, fence, partition: 0, grantTime: at, until, at };
}

function settled(queueId: string, one: Settlement, outcome: SettleOutcome, at: Micros): QueueSeen {
  return {
    ...{ what: 'settled', queueId, kind: one.kind, receipt: formatReceipt(one.receipt), at },
    done: outcome.status !== 'ended',
    cause: outcome.status === 'ended' ? outcome.ending?.cause : undefined,
    until: outcome.status === 'extended' ? outcome.leaseEnd : undefined,
    readyTime: one.kind === 'nack' && one.delay && outcome.status === 'done' ? at + one.delay : undefined,
  };
}
