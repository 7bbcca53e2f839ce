import type { Micros } from '../ports/common.js';
import type { ClaimOutcome, ClaimRequest, Delivery, PopOutcome, QueueNotice } from '../ports/queue.js';
import { valueBytes } from '../value.js';
import { Hopes } from './hopes.js';
import type { Lines } from './lines.js';
import { type MessageReply, messageOf } from './message.js';
import type { QueueWatcher } from './notices.js';
import { scripts } from './scripts.js';

/** More than anybody waits for. */
const countUnknown = 1_000_000;

/** What can be claimed in a partition, as far as was asked. */
interface Found {
  readonly partition: number;
  readonly place: number;
  readonly bytes: number;
  readonly grouped: boolean;
}

/** What is to be claimed in a partition. */
interface Share {
  count: number;
  bytes: number;
}

/**
 * Claims and pops. Where a queue may be in several partitions, it first looks for the lowest places, and then claims
 * those; what somebody else was faster with is looked for again.
 */
export class Claimer {
  readonly #lines: Lines;
  readonly #hopes: Hopes;

  constructor(lines: Lines) {
    this.#lines = lines;
    this.#hopes = new Hopes(lines.all);
  }

  /** Takes note of where messages are, and passes on what is told. */
  watcher(onNotice: (notice: QueueNotice) => void): QueueWatcher {
    return {
      hear: (notice, partition) => {
        if (notice.kind === 'ready') this.#hopes.hear(notice.queueId, partition);
        onNotice(notice);
      },
      // There may be messages in any queue that was asked for.
      missed: () => {
        for (const queueId of this.#hopes.forget()) {
          onNotice({ kind: 'ready', queueId, count: countUnknown });
        }
      },
    };
  }

  async claim(request: ClaimRequest, now: Micros): Promise<ClaimOutcome> {
    if (this.#isSingle(request.queueId)) return this.#claimIn(0, request, now);
    for (;;) {
      const found = await this.#look(request.queueId, request.maxMessages, now);
      if (found.length === 0) return { status: 'claimed', deliveries: [] };
      const shares = sharesOf(found, request);
      if (shares === 'groups_unavailable') return { status: shares };
      const outcomes = await Promise.all(
        [...shares].map(([partition, { count, bytes }]) =>
          this.#claimIn(partition, { ...request, maxMessages: count, maxBytes: bytes }, now),
        ),
      );
      const all = outcomes.flatMap((one) => (one.status === 'claimed' ? one.deliveries : []));
      if (all.length > 0) {
        all.sort((a, b) => a.message.place - b.message.place);
        return { status: 'claimed', deliveries: await this.#cut(all, request.maxBytes, now) };
      }
    }
  }

  async pop(queueId: string, groups: boolean, now: Micros): Promise<PopOutcome> {
    if (this.#isSingle(queueId)) return this.#popIn(0, queueId, groups, now);
    for (;;) {
      const [first] = await this.#look(queueId, 1, now);
      if (!first) return { status: 'popped', message: undefined };
      const outcome = await this.#popIn(first.partition, queueId, groups, now);
      if (outcome.status !== 'popped' || outcome.message) return outcome;
    }
  }

  /** Whether there is nothing to look for, as there is one partition; that a queue was asked for is known by that too. */
  #isSingle(queueId: string): boolean {
    if (this.#lines.partitions > 1) return false;
    this.#hopes.learn(queueId, this.#lines.all, new Set(), this.#hopes.ask());
    return true;
  }

  /** The first that can be claimed, by place: in likely partitions, or in any. */
  async #look(queueId: string, limit: number, now: Micros): Promise<readonly Found[]> {
    const likely = this.#hopes.likely(queueId);
    const found = await this.#lookIn(likely, queueId, limit, now);
    if (found.length > 0 || likely.length === this.#lines.partitions) return found;
    return this.#lookIn(this.#lines.all, queueId, limit, now);
  }

  async #lookIn(
    partitions: readonly number[],
    queueId: string,
    limit: number,
    now: Micros,
  ): Promise<readonly Found[]> {
    type Answer = readonly [readonly (readonly [place: number, bytes: number, grouped: number])[]];
    const begun = this.#hopes.ask();
    const answers = await Promise.all(
      partitions.map(async (partition) => {
        const [some] = await this.#lines.run<Answer>(
          partition,
          scripts.lookForClaimable,
          [queueId, limit],
          now,
        );
        return some.map(([place, bytes, grouped]) => ({ partition, place, bytes, grouped: grouped === 1 }));
      }),
    );
    const found = answers.flat().sort((a, b) => a.place - b.place);
    this.#hopes.learn(queueId, partitions, new Set(found.map(({ partition }) => partition)), begun);
    return found;
  }

  async #claimIn(partition: number, request: ClaimRequest, now: Micros): Promise<ClaimOutcome> {
    const { queueId, maxMessages, maxBytes, lease, owner, groups } = request;
    const args = [queueId, maxMessages, maxBytes, lease, owner, groups ? 1 : 0];
    const answer = await this.#lines.run<ClaimReply>(partition, scripts.claim, args, now, 'bytes');
    if (String(answer[0]) === 'groups_unavailable') return { status: 'groups_unavailable' };
    return { status: 'claimed', deliveries: answer[1].map((one) => deliveryOf(queueId, partition, one)) };
  }

  async #popIn(partition: number, queueId: string, groups: boolean, now: Micros): Promise<PopOutcome> {
    const args = [queueId, groups ? 1 : 0];
    const [status, found] = await this.#lines.run<PopReply>(partition, scripts.pop, args, now, 'bytes');
    if (String(status) === 'groups_unavailable') return { status: 'groups_unavailable' };
    return { status: 'popped', message: found ? messageOf(queueId, found) : undefined };
  }

  /** Gives back what is too much, where other messages were claimed than were looked at. */
  async #cut(all: readonly Delivery[], maxBytes: number, now: Micros): Promise<readonly Delivery[]> {
    let room = maxBytes;
    const cut = all.findIndex(({ message }, i) => {
      room -= valueBytes(message.value);
      return room < 0 && i > 0;
    });
    if (cut < 0) return all;
    for (const { receipt } of all.slice(cut)) {
      const args = ['return', receipt.messageId, receipt.claim, ''];
      await this.#lines.run(receipt.partition, scripts.settle, args, now);
    }
    return all.slice(0, cut);
  }
}

/** How much to claim in which partition. */
function sharesOf(
  found: readonly Found[],
  { maxMessages, maxBytes, groups }: ClaimRequest,
): ReadonlyMap<number, Share> | 'groups_unavailable' {
  if (found[0]!.grouped && !groups) return 'groups_unavailable';
  const shares = new Map<number, Share>();
  let room = maxBytes;
  for (const [i, { partition, bytes, grouped }] of found.entries()) {
    room -= bytes;
    if (i === maxMessages || (i > 0 && room < 0) || (grouped && !groups)) break;
    const share = shares.get(partition) ?? { count: 0, bytes: 0 };
    shares.set(partition, share);
    share.count += 1;
    share.bytes += bytes;
  }
  return shares;
}

type DeliveryReply = readonly [claim: number, leaseEnd: number, message: MessageReply];
type ClaimReply = readonly [status: Buffer, deliveries: readonly DeliveryReply[]];
type PopReply = readonly [status: Buffer, message: MessageReply | null];

function deliveryOf(queueId: string, partition: number, [claim, leaseEnd, reply]: DeliveryReply): Delivery {
  const message = messageOf(queueId, reply);
  const receipt = { messageId: message.messageId, partition, claim };
  return { message, receipt, fence: message.groupId === '' ? undefined : claim, leaseEnd };
}
